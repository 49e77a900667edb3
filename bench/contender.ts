// What a contender is: a proxy with a name that can be started on one core between the loader and the upstream.

/** Where a contender runs. */
export interface Site {
  /** A folder of its own for configuration, logs and temporary files. */
  readonly folder: string
  /** The port of 127.0.0.1 that it shall listen on. */
  readonly port: number
  /** The port of 127.0.0.1 where the upstream listens. */
  readonly upstreamPort: number
}

export interface Launch {
  readonly argv: readonly string[]
  /** The working directory; left out: the benchmark's own. */
  readonly cwd?: string
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>
}

export interface Contender {
  readonly name: string
  /** A path that is answered with 200 as soon as the contender forwards; left out: `/`. */
  readonly ready?: string
  /** The version as the program tells it; undefined when it is not installed. */
  version(): Promise<string | undefined>
  /** Writes what the program needs into the site's folder and tells how it is started, in the foreground. */
  prepare(site: Site): Promise<Launch>
}
