/** What is selected in a list, by name; and the row that the keyboard is at. */

import type { FileEntry } from "../../bridge/files.ts";

type Rows = readonly Pick<FileEntry, "name">[];

/** Names, not rows: they outlast sorting, filtering and reading anew. */
export class Selection {
  /** The row of the keyboard; "" for none. */
  active = "";
  #names = new Set<string>();
  /** Where a range begins. */
  #anchor = "";

  get size(): number {
    return this.#names.size;
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  clear(): void {
    this.#names.clear();
    this.active = "";
    this.#anchor = "";
  }

  /** This one alone. */
  only(name: string): void {
    this.#names = new Set([name]);
    this.active = this.#anchor = name;
  }

  /** In or out, the others stay. */
  toggle(name: string): void {
    if (!this.#names.delete(name)) this.#names.add(name);
    this.active = this.#anchor = name;
  }

  /** From where the range began to here; add keeps what is selected besides. */
  range(rows: Rows, name: string, add: boolean): void {
    const from = rows.findIndex((row) => row.name === this.#anchor);
    const to = rows.findIndex((row) => row.name === name);
    if (to < 0) return;
    if (from < 0) {
      this.only(name);
      return;
    }
    if (!add) this.#names.clear();
    const [low, high] = from < to ? [from, to] : [to, from];
    for (const row of rows.slice(low, high + 1)) this.#names.add(row.name);
    this.active = name;
  }

  all(rows: Rows): void {
    this.#names = new Set(rows.map(({ name }) => name));
  }

  /** Only what is shown can be selected: what a filter hides is not acted upon. */
  keep(rows: Rows): void {
    if (this.#names.size === 0 && this.active === "") return;
    const shown = new Set(rows.map(({ name }) => name));
    this.#names = new Set([...this.#names].filter((name) => shown.has(name)));
    if (!shown.has(this.active)) this.active = "";
    if (!shown.has(this.#anchor)) this.#anchor = "";
  }

  /** Moves the keyboard's row only. */
  focus(name: string): void {
    this.active = name;
  }

  /** The entries, in the order of rows. */
  of<E extends Pick<FileEntry, "name">>(rows: readonly E[]): E[] {
    return this.#names.size === 0 ? [] : rows.filter(({ name }) => this.#names.has(name));
  }
}
