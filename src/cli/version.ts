// `tidegate version`, and the version that everything else prints.
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { print } from './output.ts'

/** The package's version, read from the package itself: two levels up from here, in the sources as in what is published. */
export const version: string = (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string })
  .version

export function versionCommand(): Command {
  return new Command('version')
    .description('print versions: of the gateway, of Node, of the platform')
    .option('--json', 'print as JSON', false)
    .action(({ json }: { json: boolean }) => {
      const { node, v8 } = process.versions
      const platform = `${process.platform}-${process.arch}`
      print(json ? JSON.stringify({ tidegate: version, node, v8, platform }) : `tidegate ${version} (node ${node}, ${platform})`)
    })
}
