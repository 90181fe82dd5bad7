/** Back and forward through directories. */

/** As many as anyone goes back. */
const MOST = 200;

export class History {
  #places: string[] = [];
  #at = -1;

  get canBack(): boolean {
    return this.#at > 0;
  }

  get canForward(): boolean {
    return this.#at < this.#places.length - 1;
  }

  /** A new place; what lay ahead is forgotten. */
  visit(path: string): void {
    if (this.#places[this.#at] === path) return;
    this.#places = [...this.#places.slice(0, this.#at + 1), path].slice(-MOST);
    this.#at = this.#places.length - 1;
  }

  /** The place before; null where there is none. */
  back(): string | null {
    return this.canBack ? (this.#places[--this.#at] ?? null) : null;
  }

  forward(): string | null {
    return this.canForward ? (this.#places[++this.#at] ?? null) : null;
  }
}
