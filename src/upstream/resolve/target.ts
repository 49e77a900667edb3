// Where one endpoint is, as its pool sees it: the addresses of its host, followed as long as the pool is in use.
import type { End } from '../../base/scope.ts'
import type { Names } from './resolver.ts'

export class Target {
  readonly #names: Names | undefined
  readonly #host: string
  readonly #end: End
  #last: readonly string[] | undefined = undefined
  #released = false

  /** Without `names` the host is its own address. `changed` is called as `Names.watch` says. */
  constructor(names: Names | undefined, host: string, changed: () => void) {
    this.#names = names
    this.#host = host
    this.#end =
      names?.watch(host, () => {
        changed()
        if (this.#released) this.#settle()
      }) ?? (() => {})
  }

  /** The addresses to try, in order; empty: none is known. */
  get addresses(): readonly string[] {
    return this.#last ?? this.#names?.addresses(this.#host) ?? [this.#host]
  }

  /** Its first look-up has not ended yet. */
  get pending(): boolean {
    return this.#last === undefined && (this.#names?.isPending(this.#host) ?? false)
  }

  /** The pool only finishes what it has: the addresses stay what they are. A first look-up is still waited for. */
  release(): void {
    this.#released = true
    if (!this.pending) this.#settle()
  }

  /** Nothing is wanted any more. */
  end(): void {
    this.#settle()
  }

  #settle(): void {
    this.#last = this.addresses
    void this.#end()
  }
}
