// What reading by the schemas found out about scalars that came from outside the files: which of them may be shown, and which were read as
// something else than a text. An alias may put one scalar into several fields.
import type { Place } from './node.ts'

export class Provenance {
  readonly #shown = new WeakSet<Place>()
  readonly #hidden = new WeakSet<Place>()
  readonly #bare = new WeakSet<Place>()

  /** It stands in a field that may be shown. */
  show(place: Place): void {
    this.#shown.add(place)
  }

  /** It stands in a field that no output shows. */
  hide(place: Place): void {
    this.#hidden.add(place)
  }

  /** It was read as a number or a truth. */
  bare(place: Place): void {
    this.#bare.add(place)
  }

  /** Every field that it stands in may be shown. */
  mayShow(place: Place): boolean {
    return this.#shown.has(place) && !this.#hidden.has(place)
  }

  isBare(place: Place): boolean {
    return this.#bare.has(place)
  }
}
