// The package registry verdaccio, as a program to start: alone, without a registry above it, all its state in one folder.
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

export interface VerdaccioCommand {
  readonly command: string
  readonly args: readonly string[]
}

/** Writes a configuration into `folder` and returns the command that serves it on 127.0.0.1. It logs a line of JSON a request to stdout. */
export function verdaccio(folder: string, port: number): VerdaccioCommand {
  mkdirSync(join(folder, 'storage'), { recursive: true })
  const config = join(folder, 'config.yaml')
  const access = { access: '$all', publish: '$authenticated', unpublish: '$authenticated' }
  writeFileSync(
    config,
    // YAML reads JSON.
    JSON.stringify({
      storage: join(folder, 'storage'),
      auth: { htpasswd: { file: join(folder, 'htpasswd') } },
      uplinks: {},
      packages: { '@*/*': access, '**': access },
      web: { enable: false },
      max_body_size: '64mb',
      log: { type: 'stdout', format: 'json', level: 'http' },
    }),
  )
  const bin = join(createRequire(import.meta.url).resolve('verdaccio/package.json'), '../bin/verdaccio')
  return { command: process.execPath, args: [bin, '--config', config, '--listen', `127.0.0.1:${port}`] }
}
