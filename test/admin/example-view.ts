// A gateway as the admin API sees it, for tests: two workers, three routes, a service of three endpoints, and a secret in a policy.
import type { EndpointView, GatewayView, LastReload } from '../../src/admin/view.ts'
import { loadConfig } from '../../src/config/load/load.ts'
import { createRegistry } from '../../src/pipeline/registry.ts'
import { builtins } from '../../src/runtime/builtins.ts'

export const SECRET = 'canary-in-the-coal-mine'

const loaded = await loadConfig({
  files: ['-'],
  stdin: `version: 1
services:
  billing: { endpoints: [http://127.0.0.1:7101, http://127.0.0.1:7102, http://127.0.0.1:7103/base] }
  other: { endpoints: [http://127.0.0.1:7104] }
admin: { tokens: [{ name: ci, hash: "sha256:${'ab'.repeat(32)}", role: viewer }] }
routes:
  a:
    match: { path: "/a/{id}", headers: { x-key: "\${KEY}" } }
    service: billing
    policies: [headers: { request: { set: { authorization: "Bearer \${KEY}" } } }]
  b: { match: POST /b, redirect: { to: /c, status: 308 } }
  c: { match: GET /c, split: [{ service: billing, weight: 1 }, { service: other, weight: 3 }] }
`,
  cwd: '/',
  env: { KEY: SECRET },
  overrides: [],
  registry: createRegistry(builtins),
})
if (loaded.plan === undefined) throw new Error(JSON.stringify(loaded.findings))
const example = loaded.plan

export interface ViewChange extends Partial<Omit<GatewayView, 'workers' | 'wall'>> {
  readonly now?: number
  readonly lastReload?: LastReload
  readonly endpoints?: readonly EndpointView[]
  /** The second worker. */
  readonly blocked?: boolean
}

export function exampleView(change: ViewChange = {}): GatewayView {
  const { now = 1_700_000_000_000, blocked = false } = change
  return {
    version: '1.2.3',
    pid: 42,
    startedAt: now - 60_000,
    wall: () => now,
    plan: example,
    changedAt: now - 60_000,
    takenAt: now - 60_000,
    reloads: { switched: 0, refused: 0 },
    lastReload: undefined,
    secrets: loaded.secrets,
    ready: true,
    stopping: false,
    wanted: 2,
    workers: [
      { id: 1, state: 'serving', reportAge: 0, connections: 3, exchanges: 1, blocked: false },
      { id: 2, state: 'serving', reportAge: blocked ? 3 : 0.5, connections: 0, exchanges: 0, blocked },
    ],
    refusedRoutes: [],
    endpoints: [],
    metrics: (format) => `# ${format}\n`,
    reload: () => Promise.reject(new Error('nobody asked for that')),
    explain: undefined,
    ...change,
  }
}
