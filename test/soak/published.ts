// The package as it is published: what `npm run build` left in dist/. The long runs measure it, not the sources beside it.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const module = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** How `Gateway.start` starts it with two workers. Throws a sentence for the user when nothing has been built. */
export function published(): { readonly module: string; readonly args: (file: string) => readonly string[] } {
  if (!existsSync(module)) throw new Error('there is no dist/cli/main.js: npm run build first')
  return { module, args: (file) => ['start', '-c', file, '--workers', '2'] }
}
