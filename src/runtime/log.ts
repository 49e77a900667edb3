// The gateway's own words to whoever runs it: one line each, to stderr, by level. (Access logs are another matter: `telemetry/logs`.)

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
/** Hears the gateway's own words, one sentence at a time: an `error` is a loss, a `warn` may become one, an `info` says that it is over. */
export type Say = (message: string, level: Exclude<LogLevel, 'debug'>) => void
const ranks = { debug: 0, info: 1, warn: 2, error: 3 } as const satisfies Record<LogLevel, number>
export const logLevels = Object.keys(ranks) as readonly LogLevel[]

/** `text`: for eyes; `json`: one ECS object a line. */
export type LogFormat = 'text' | 'json'

export interface Log {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
  error(message: string): void
}

export interface LogOptions {
  readonly level: LogLevel
  readonly format: LogFormat
  /** Takes one line with its newline, and must not block. */
  readonly write: (line: string) => void
  readonly wall: () => number
  /** Takes out of a message what nobody may read; left out: it is told as it is. */
  readonly mask?: (message: string) => string
}

export function createLog(options: LogOptions): Log {
  const least = ranks[options.level]
  const encode = options.format === 'json' ? jsonLine : textLine
  const at =
    (level: LogLevel) =>
    (message: string): void => {
      if (ranks[level] >= least) options.write(encode(options.wall(), level, options.mask?.(message) ?? message))
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

const textLine = (wall: number, level: LogLevel, message: string): string =>
  `${new Date(wall).toISOString()} ${level.padEnd(5)} ${message}\n`

const jsonLine = (wall: number, level: LogLevel, message: string): string =>
  `${JSON.stringify({
    '@timestamp': new Date(wall).toISOString(),
    'log.level': level,
    message,
    'ecs.version': '8.11',
    'service.name': 'tidegate',
    'event.dataset': 'tidegate.log',
  })}\n`
