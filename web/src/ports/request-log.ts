/** The requests of a forward, for a person who debugs a page: newest last, capped. */

import { byteCount } from "../style/format.ts";
import type { ForwardLogEntry } from "./bridge.ts";

/** Rows that are kept; the oldest go first. */
export const MAX_ROWS = 1000;

/** Keeps the rows of one forward. */
export class RequestLog {
  #rows = new Map<number, ForwardLogEntry>();
  /** How many rows were dropped because of the cap. */
  dropped = 0;

  /** Takes a batch; an entry that came before is replaced in its place. */
  add(entries: readonly ForwardLogEntry[]): void {
    for (const entry of entries) this.#rows.set(entry.id, entry);
    let over = this.#rows.size - MAX_ROWS;
    for (const id of this.#rows.keys()) {
      if (over-- <= 0) break;
      this.#rows.delete(id);
      this.dropped++;
    }
  }

  /** Empties it. Requests under way come back when they change. */
  clear(): void {
    this.#rows = new Map();
    this.dropped = 0;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** The rows that contain every word of the filter: in method, path, status or error. */
  rows(filter = ""): ForwardLogEntry[] {
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
    const all = [...this.#rows.values()];
    if (words.length === 0) return all;
    return all.filter((entry) => {
      const text =
        `${entry.method} ${entry.path} ${statusWord(entry)} ${entry.error}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
  }

  /** The rows as text, a line each, parted by tabs: for a spreadsheet or a report. */
  text(filter = ""): string {
    const head = ["time", "method", "path", "status", "bytes in", "bytes out", "ms", "error"];
    const lines = this.rows(filter).map((entry) => [
      new Date(entry.startedAt).toISOString(),
      ...[entry.method, entry.path, statusWord(entry)],
      ...[String(entry.bytesIn), String(entry.bytesOut), entry.ms.toFixed(0), entry.error],
    ]);
    return [head, ...lines]
      .map((cells) => cells.map((cell) => cell.replace(/[\t\r\n]+/g, " ")).join("\t"))
      .join("\n");
  }
}

/** "200", "…" while under way, "failed". */
export function statusWord(entry: ForwardLogEntry): string {
  if (entry.error !== "") return entry.status > 0 ? `${String(entry.status)}, failed` : "failed";
  if (entry.kind === "socket" && !entry.done && entry.status > 0) return "open";
  return entry.status > 0 ? String(entry.status) : "…";
}

/** "12.3 kB", both ways where something was sent. */
export function sizeWord({ bytesIn, bytesOut }: ForwardLogEntry): string {
  return bytesOut > 0 ? `${byteCount(bytesIn)} ↑ ${byteCount(bytesOut)}` : byteCount(bytesIn);
}
