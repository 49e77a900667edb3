// The text of a first configuration: what a newcomer needs, with the reason of each line beside it.

/** A service as `--service NAME=URL` names it. */
export interface FirstService {
  readonly name: string
  readonly url: string
}

/** `schema`: where editors find the JSON Schema. */
export function firstFile(services: readonly FirstService[], schema: string): string {
  return [
    `# yaml-language-server: $schema=${schema}`,
    '# What this gateway does. `tidegate check` judges it, `tidegate dev` runs it and follows your edits.',
    'version: 1',
    '',
    'listeners:',
    '  web:',
    '    # This machine only. Leave `address` out to listen on every address.',
    '    address: 127.0.0.1',
    '    port: 8080',
    '',
    'defaults:',
    '  policies:',
    '    # Every request has an id: in the access log, towards the service, and in the answer.',
    '    - request-id',
    '',
    'unmatched:',
    '  policies:',
    '    # So has what no route takes.',
    '    - request-id',
    '',
    ...(services.length === 0 ? GREETING : [...servicesSection(services), '', ...routesSection(services)]),
    '',
  ].join('\n')
}

/** Lines to type once it runs. */
export const tries = (services: readonly FirstService[]): string[] =>
  services.length === 0 ? ['curl -i http://127.0.0.1:8080/hello/you'] : services.map(({ name }) => `curl -i http://127.0.0.1:8080/${name}/`)

const GREETING = [
  '# Your services, by name:',
  '#',
  '# services:',
  '#   users:',
  '#     endpoints:',
  '#       - http://127.0.0.1:3001',
  '',
  'routes:',
  '  hello:',
  '    # `{name}` is one segment of the path. This route answers by itself; one with `service: users` passes requests on.',
  '    match: GET /hello/{name}',
  '    reply:',
  '      body: "Hello, {name}!\\n"',
]

function servicesSection(services: readonly FirstService[]): string[] {
  return [
    'services:',
    ...services.flatMap(({ name, url }) => [
      `  ${key(name)}:`,
      '    endpoints:',
      '      # One line for each instance: requests take turns.',
      `      - ${scalar(url)}`,
    ]),
  ]
}

function routesSection(services: readonly FirstService[]): string[] {
  return [
    'routes:',
    ...services.flatMap(({ name }) => [
      `  ${key(name)}:`,
      `    # Everything below /${name}, whatever the method; \`GET /${name}/{id}\` would take one segment and one method.`,
      `    match: ${scalar(`/${name}/{rest...}`)}`,
      `    # The service sees the path without /${name}. Leave this line out if it expects it.`,
      '    rewrite: "/{rest}"',
      `    service: ${key(name)}`,
    ]),
  ]
}

/** What YAML would read as something else is quoted. */
const key = (text: string): string =>
  /^[A-Za-z][A-Za-z0-9_.-]*$/.test(text) && !WORDS.has(text.toLowerCase()) ? text : JSON.stringify(text)
const scalar = (text: string): string =>
  /^[A-Za-z/][A-Za-z0-9_.:/-]*$/.test(text) && !WORDS.has(text.toLowerCase()) ? text : JSON.stringify(text)
const WORDS: ReadonlySet<string> = new Set(['y', 'n', 'yes', 'no', 'on', 'off', 'true', 'false', 'null'])
