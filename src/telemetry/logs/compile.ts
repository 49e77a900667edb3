// From a format, its redactions and its service name to one function that writes lines.
import { compileCombined } from './combined.ts'
import { compileCommon } from './common.ts'
import { compileEcsBytes } from './ecs-bytes.ts'
import { compileEcs } from './ecs.ts'
import type { AccessLogOptions, ByteEncoder, Encoder } from './encoder.ts'
import { compileJson } from './json.ts'
import { compilePretty } from './pretty.ts'

/** The fast twin of a format's encoder, where it has one. */
export const compileByteEncoder = (options: AccessLogOptions): ByteEncoder | undefined =>
  options.format === 'ecs' ? compileEcsBytes(options) : undefined

/** The encoder of a format. */
export function compileEncoder(options: AccessLogOptions): Encoder {
  switch (options.format) {
    case 'ecs':
      return compileEcs(options)
    case 'json':
      return compileJson(options)
    case 'common':
      return compileCommon(options)
    case 'combined':
      return compileCombined(options)
    case 'pretty':
      return compilePretty(options)
    default:
      return options.format satisfies never
  }
}
