// What Connection and Upgrade say: whether the connection lives on, which fields go no further, and the one switch of protocol that we
// know. What is nominated is taken from the client's fields only; the gateway adds its own afterwards.
import type { FaultCode } from '../base/fault.ts'
import type { FieldBlock } from '../http/field-block.ts'
import { FieldName } from '../http/field-name.ts'
import { eachListElement, equalsIgnoreCase, lowerAscii } from './grammar.ts'

/** What connection options are read into. */
interface Connected {
  readonly method: string
  readonly http10: boolean
  readonly bodyLength: number
  readonly webSocketKey: string | undefined
  readonly block: FieldBlock
  close: boolean
  upgrade: boolean
  expectContinue: boolean
}

/** Connection options, nominated fields (RFC 9110 §7.6.1) and the one upgrade that we know (RFC 6455 §4.2.1). */
export function readConnection(head: Connected, connection: string | undefined, upgrade: string | undefined): FaultCode | undefined {
  let keepAlive = !head.http10
  let close = false
  let upgrades = false
  if (connection !== undefined && !equalsIgnoreCase(connection, 'keep-alive')) {
    let nominated: Set<string> | undefined
    let fault: FaultCode | undefined
    eachListElement(connection, (element) => {
      if (equalsIgnoreCase(element, 'close')) close = true
      else if (equalsIgnoreCase(element, 'keep-alive')) keepAlive = true
      else if (equalsIgnoreCase(element, 'upgrade')) upgrades = true
      else {
        const name = lowerAscii(element)
        if (neverNominated.has(name)) fault = 'bad_connection'
        // The guard against loops reads CDN-Loop, which is end to end (RFC 8586 §2): nominated, it stays.
        else if (name !== 'cdn-loop') (nominated ??= new Set()).add(name)
      }
      return true
    })
    if (fault !== undefined) return fault
    if (nominated !== undefined) dropNominated(head, nominated)
  } else if (connection !== undefined) keepAlive = true
  head.close = close || !keepAlive
  // Upgrade in HTTP/1.0 is ignored (RFC 9110 §7.8); another protocol than websocket is taken away.
  if (upgrades && !head.http10 && upgrade !== undefined && equalsIgnoreCase(upgrade, 'websocket')) {
    if (head.method !== 'GET' || head.bodyLength !== 0 || head.webSocketKey === undefined) return 'bad_upgrade'
    head.upgrade = true
  }
  if (head.http10 || head.bodyLength === 0) head.expectContinue = false
  return undefined
}

const neverNominated = new Set(['host', 'authorization', 'content-length', 'transfer-encoding'])

function dropNominated(head: Connected, nominated: ReadonlySet<string>): void {
  for (const name of nominated) head.block.remove(new FieldName(name))
}
