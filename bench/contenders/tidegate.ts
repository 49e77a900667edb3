// Tidegate, with one worker unless said: what was built if `dist` is as new as the sources, else the sources as they are.
import { existsSync, globSync, statSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Contender, Site } from '../contender.ts'
import { routePath } from '../load/wrk.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const built = join(root, 'dist/cli/main.js')
const source = join(root, 'src/cli/main.ts')

/** A configuration of this workspace: `plain`, `full`, `pipelining`. With `workers` the name tells how many. */
export function tidegate(configuration: string, workers?: number): Contender {
  const name = `tidegate-${configuration}${workers === undefined ? '' : `-${workers}`}`
  return contender(name, async () => join(root, 'bench', `${configuration}.yaml`), workers)
}

/** As `plain`, with as many routes. */
export function tidegateRoutes(routes: number): Contender {
  return contender(`tidegate-routes-${routes}`, async (site) => {
    const plain = await readFile(join(root, 'bench/plain.yaml'), 'utf8')
    const table = Array.from({ length: routes }, (_, i) => routeOf(i))
    const file = join(site.folder, 'routes.yaml')
    await writeFile(file, plain.replace(/^routes:$[^]*/m, `routes:\n${table.join('')}`))
    return file
  })
}

/** The command line of Tidegate up to its subcommand, or undefined when there is nothing to run. */
export function tidegateCommand(): string[] | undefined {
  const entry = isCurrent(built) ? built : source
  return existsSync(entry) ? [process.execPath, entry] : undefined
}

/** An old build must not be measured in the name of the sources beside it. */
function isCurrent(build: string): boolean {
  if (!existsSync(build)) return false
  const made = statSync(build).mtimeMs
  return globSync('src/**/*.ts', { cwd: root }).every((file) => file.endsWith('.test.ts') || statSync(join(root, file)).mtimeMs <= made)
}

function contender(name: string, configurationOf: (site: Site) => Promise<string>, workers = 1): Contender {
  return {
    name,
    ready: routePath(0),
    version: async () => {
      const command = tidegateCommand()
      if (command === undefined) return undefined
      const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
      const from = command[1] === built ? 'dist' : 'src'
      return `Tidegate ${version} (${from}), Node ${process.versions.node}`
    },
    prepare: async (site) => ({
      argv: [...(tidegateCommand() ?? []), 'start', '-c', await configurationOf(site), '--workers', String(workers)],
      env: {
        BENCH_PORT: String(site.port),
        BENCH_UPSTREAM: `http://127.0.0.1:${site.upstreamPort}`,
        BENCH_FOLDER: site.folder,
        NODE_ENV: 'production',
      },
    }),
  }
}

const routeOf = (index: number) =>
  `  ${routePath(index).split('/')[1]}:\n    match: GET ${routePath(index, '{id}')}\n    service: upstream\n`
