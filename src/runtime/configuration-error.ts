// What a program gets for a configuration that cannot be used: everything that is wrong with it at once.
import type { Finding } from '../config/plan.ts'

/** A configuration was refused; nothing has changed. `message` lists the findings, one a line, as `tidegate check` prints them. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  readonly findings: readonly Finding[]

  constructor(findings: readonly Finding[]) {
    super(['the configuration was refused', ...findings.filter(({ severity }) => severity === 'error').map(lineOf)].join('\n'))
    this.findings = findings
  }
}

/** `file:line:col path message`, as far as there is a file and a line. */
export const lineOf = ({ file, line, column, path, message }: Finding): string =>
  [file === '' ? '' : line === 0 ? file : `${file}:${line}:${column}`, path, message].filter((part) => part !== '').join(' ')
