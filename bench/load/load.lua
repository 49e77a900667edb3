-- The loads that wrk puts on a contender, and its result as one line of JSON.
-- Arguments: get | post BYTES | routes COUNT, then any number of NAME=VALUE request headers.

function init(args)
  local kind = args[1]
  local first = kind == "get" and 2 or 3
  for i = first, #args do
    local name, value = args[i]:match("^([^=]+)=(.*)$")
    wrk.headers[name] = value
  end
  if kind == "post" then
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/octet-stream"
    wrk.body = string.rep("x", tonumber(args[2]))
  elseif kind == "routes" then
    -- Every request takes another route; 1,000 prepared requests spread evenly over all of them keep the loader cheap.
    local count = tonumber(args[2])
    local step = math.max(1, math.floor(count / 1000))
    local prepared = {}
    for route = 0, count - 1, step do
      prepared[#prepared + 1] = wrk.format("GET", string.format("/r%05d/items/42", route))
    end
    local at = 0
    function request()
      at = at % #prepared + 1
      return prepared[at]
    end
  end
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"micros":%d,"bytes":%.0f,"errors":{"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d},"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, summary.bytes, e.connect, e.read, e.write, e.status, e.timeout,
    latency:percentile(50), latency:percentile(99)))
end
