// `node tools/docs/generate.ts` says which generated parts of docs/ are not as the code has them; `--write` writes them.
import { join } from 'node:path'
import { commandLinePage } from './command-line.ts'
import { faultPages } from './fault-pages.ts'
import { stalePages } from './generated-page.ts'
import { referencePage } from './reference.ts'

const ROOT = join(import.meta.dirname, '../..')
const write = process.argv.includes('--write')
const stale = stalePages(ROOT, [...faultPages(ROOT), referencePage(), commandLinePage(ROOT)], write)
for (const path of stale) console.log(`${write ? 'written' : 'stale'} ${path}`)
if (!write && stale.length > 0) process.exitCode = 1
