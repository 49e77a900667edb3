// A package registry behind the gateway: the npm client signs up, publishes, looks up, installs and takes back a scoped package, whose
// path holds an encoded slash.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { verdaccio } from '../../tools/systems/verdaccio.ts'
import { GatewayProcess } from './gateway-process.ts'
import { freePort, lacking, listening, plainEnvironment, Program, run } from './program.ts'

const NAME = '@tide/harbour'
const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')

suite('verdaccio and npm', { skip: lacking('npm') }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-npm-'))
  const project = join(folder, 'harbour')
  let registry: Program
  let gateway: GatewayProcess
  let env: NodeJS.ProcessEnv

  const npm = (args: string, cwd = folder, codes?: readonly number[]): Promise<string> =>
    run('npm', { args: args.split(' '), cwd, env }, codes)
  const version = (number: string): void => {
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: NAME, version: number, main: 'index.js' }))
  }

  before(async () => {
    const port = await freePort()
    const { command, args } = verdaccio(folder, port)
    registry = new Program(command, { args })
    await listening(port, registry)
    gateway = await GatewayProcess.start({
      yaml: `
services:
  npm: { endpoints: ["http://127.0.0.1:${port}"] }
routes:
  npm: { match: "/{rest...}", service: npm, path: { encoded: [slash] } }
  strict: { match: "/strict/{rest...}", service: npm }
`,
    })
    writeFileSync(join(folder, 'npmrc'), 'fund=false\naudit=false\nupdate-notifier=false\nfetch-retries=0\nprogress=false\n')
    env = {
      ...plainEnvironment(),
      npm_config_userconfig: join(folder, 'npmrc'),
      npm_config_cache: join(folder, 'cache'),
      npm_config_registry: `${gateway.url}/`,
    }
    mkdirSync(project)
    writeFileSync(join(project, 'index.js'), 'module.exports = "moored"\n')
    // It does not compress: the publication is a body of about 4 MiB.
    writeFileSync(join(project, 'cargo.bin'), randomBytes(3 * 1024 * 1024))
    version('1.0.0')
  })

  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await registry[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  test('npm adduser makes a user and keeps the token that the registry gives', async () => {
    await using client = new Program('npm', { args: ['adduser', '--auth-type=legacy'], cwd: folder, env, stdin: 'pipe' })
    for (const [question, answer] of [
      [/Username:/, 'skipper'],
      [/Password:/, 'a long secret'],
      [/Email[^:]*:/, 'skipper@tide.test'],
    ] as const) {
      await client.said(question)
      client.write(`${answer}\n`)
    }
    assert.equal((await client.ended).code, 0, client.output)
    assert.match(readFileSync(join(folder, 'npmrc'), 'utf8'), new RegExp(`//127.0.0.1:${gateway.port}/:_authToken=`))
    assert.match(await npm('whoami'), /^skipper$/m)
  })

  test('npm publish of a scoped package: the encoded slash reaches the registry as one', async () => {
    assert.match(await npm('publish', project), /\+ @tide\/harbour@1\.0\.0/)
    // npm writes %2f; the canonical spelling has upper-case digits (RFC 3986 §6.2.2.1).
    await registry.said(/"method":"PUT","url":"\/@tide%2Fharbour"\},"user":"skipper"/)
  })

  test('npm view tells what was published, and its tarball lies behind the gateway', async () => {
    const told = JSON.parse(await npm(`view ${NAME} --json`)) as { version: string; dist: { tarball: string } }
    assert.equal(told.version, '1.0.0')
    assert.equal(told.dist.tarball, `${gateway.url}/@tide/harbour/-/harbour-1.0.0.tgz`)
  })

  test('npm install brings it whole', async () => {
    const user = join(folder, 'user')
    mkdirSync(user)
    writeFileSync(join(user, 'package.json'), '{ "name": "user", "version": "1.0.0" }')
    await npm(`install ${NAME}`, user)
    const installed = join(user, 'node_modules', NAME)
    assert.equal(hashOf(join(installed, 'cargo.bin')), hashOf(join(project, 'cargo.bin')))
    const lock = JSON.parse(readFileSync(join(user, 'package-lock.json'), 'utf8')) as { packages: Record<string, { integrity?: string }> }
    assert.match(lock.packages[`node_modules/${NAME}`]?.integrity ?? '', /^sha512-/)
    // Once more from the lock, with an empty cache.
    rmSync(join(folder, 'cache'), { recursive: true })
    await npm('ci', user)
    assert.equal(hashOf(join(installed, 'cargo.bin')), hashOf(join(project, 'cargo.bin')))
  })

  test('npm publish of a second version, dist-tag and deprecate: both are listed', async () => {
    version('1.1.0')
    await npm('publish --tag next', project)
    await npm(`dist-tag add ${NAME}@1.1.0 stable`)
    assert.match(await npm(`dist-tag ls ${NAME}`), /latest: 1\.0\.0[\s\S]*next: 1\.1\.0[\s\S]*stable: 1\.1\.0/)
    await run('npm', { args: ['deprecate', `${NAME}@1.0.0`, 'sail on'], cwd: folder, env })
    assert.match(await npm(`view ${NAME}@1.0.0 deprecated`), /sail on/)
  })

  test('npm publish of a version that is there, and of anything without a token, are refused by the registry', async () => {
    assert.match(await npm('publish --tag next', project, [1]), /E409|EPUBLISHCONFLICT|cannot publish over/)
    await assert.rejects(
      run('npm', { args: ['publish'], cwd: project, env: { ...env, npm_config_userconfig: join(folder, 'none') } }),
      /ENEEDAUTH|E401/,
    )
  })

  test('npm unpublish takes a version back', async () => {
    await npm(`unpublish ${NAME}@1.1.0 --force`)
    assert.deepEqual(JSON.parse(await npm(`view ${NAME} versions --json`)), ['1.0.0'])
  })

  test('a package that nobody published is 404 by the registry', async () => {
    assert.match(await npm('view @tide/nowhere', folder, [1]), /E404/)
  })

  test('a route that does not opt in refuses the encoded slash', async () => {
    const refused = await fetch(`${gateway.url}/strict/@tide%2fharbour`)
    assert.equal(refused.status, 400)
    assert.match(refused.headers.get('content-type') ?? '', /problem\+json/)
    await refused.arrayBuffer()
  })
})
