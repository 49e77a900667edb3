// What a check has to say about one place, and how it prints.

/** One broken rule. `line` counts from 1; 0 means the whole file. */
export interface Finding {
  readonly file: string
  readonly line: number
  readonly message: string
}

/** `file:line message`, as editors and terminals make it clickable. */
export const printed = ({ file, line, message }: Finding): string => `${line === 0 ? file : `${file}:${line}`}  ${message}`
