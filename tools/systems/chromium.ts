// Headless Chromium as the system has it, driven by playwright-core: nothing is downloaded, and nothing but its pages uses the network.
import { type Browser, chromium } from 'playwright-core'

const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts the browser at `path`. Without its sandbox, which needs rights that a container lacks: it sees only pages of the tests. */
export const launchChromium = (path: string): Promise<Browser> =>
  chromium.launch({ executablePath: path, headless: true, chromiumSandbox: false, args: FLAGS })
