// Whose program listens where a token is about to be sent (A75): while no gateway runs, every user of the machine may take its port or put a
// socket in its place, and would be told the token by the next command.
import { readFile, stat } from 'node:fs/promises'

/** The state of a TCP socket that listens, in `/proc/net/tcp`. */
const LISTENING = '0A'
/** Addresses there (each word of 32 bits in the machine's order) at which a connection to loopback can end: loopback itself and any. */
const REACHABLE = /^(?:[0-9A-F]{6}7F|0{8}|0{32}|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F|7F[0-9A-F]{6}|0{31}1|0{20}FFFF7F[0-9A-F]{6})$/

/** The user ids that listen at a port of loopback; empty for none, and where the system does not tell. */
export async function ownersOfPort(port: number): Promise<ReadonlySet<number>> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'latin1').catch(() => '')))
  return new Set(tables.flatMap((table) => listening(table, port)))
}

/** The user id of a socket's file, links followed; undefined when there is none. */
export async function ownerOfSocket(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.uid
}

/** Rows of one table: `sl local_address rem_address st tx:rx tr:tm retrnsmt uid …` (proc_pid_net(5)). */
export function listening(table: string, port: number): number[] {
  return table.split('\n').flatMap((row) => {
    const [, local = '', , state, , , , uid = ''] = row.trim().split(/ +/)
    const [address = '', at = ''] = local.split(':')
    return state === LISTENING && Number.parseInt(at, 16) === port && REACHABLE.test(address) ? [Number(uid)] : []
  })
}
