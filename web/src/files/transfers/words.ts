/** What the tray says of transfers, in words. */

import { byteCount } from "../../style/format.ts";
import { CODE_RENAMED } from "../disk/codes.ts";
import { shownName } from "../names.ts";
import type { FileFacts, Transfer } from "./types.ts";
import type { Outcome } from "./work.ts";

/** Its name as it is shown; control characters and marks of direction are escaped. */
export function nameOf(transfer: Transfer): string {
  return shownName(transfer.name);
}

/** What is said of a file that has another name where it went than the one it came with. */
export function savedAs(outcome: Outcome, name: string, written: string): Outcome {
  if (written === name || outcome.skipped === true) return outcome;
  return { ...outcome, note: `Saved as “${written}”. ${outcome.note}`.trimEnd() };
}

/** "1.2 of 5.0 MB · 3.1 MB/s · 4 s left": what is known of it. */
export function figures(transfer: Transfer): string {
  const { bytes, total, kind, files, filesTotal, rate, leftMs, state } = transfer;
  const parts: string[] = [];
  if (kind === "tree" && (files > 0 || filesTotal !== null)) parts.push(filesOf(files, filesTotal));
  const isWhole = state === "done" || total === null;
  if (bytes > 0 || total !== null) {
    parts.push(isWhole ? byteCount(bytes) : `${byteCount(bytes)} of ${byteCount(total)}`);
  }
  if (rate !== null) parts.push(`${byteCount(rate)}/s`);
  if (leftMs !== null) parts.push(`${duration(leftMs)} left`);
  return parts.join(" · ");
}

function filesOf(files: number, total: number | null): string {
  const done = files.toLocaleString("en");
  if (total === null || total === files) return `${done} ${files === 1 ? "file" : "files"}`;
  return `${done} of ${total.toLocaleString("en")} files`;
}

/** "4 s", "2 min", "1 h 5 min". */
export function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 100) return `${String(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${String(minutes)} min`;
  const rest = minutes % 60;
  return `${String(Math.floor(minutes / 60))} h${rest === 0 ? "" : ` ${String(rest)} min`}`;
}

/** One word for where it stands. */
export function stateWord({ state, ask, faults }: Transfer): string {
  switch (state) {
    case "queued":
      return "Queued";
    case "running":
      return "";
    case "paused":
      return "Paused";
    case "waiting":
      return "Waiting for the connection";
    case "asking":
      return ask?.kind === "conflict" ? "Needs an answer" : "Interrupted";
    case "done":
      return faults.some(({ code }) => code !== CODE_RENAMED) ? "Done, not all" : "Done";
    case "failed":
      return "Failed";
    case "cancelled":
      return "Cancelled";
  }
}

/** Percent of it; null when unknown. */
export function percent({ bytes, total, state }: Transfer): number | null {
  if (state === "done") return 100;
  if (total === null) return null;
  return total === 0 ? 0 : Math.min(100, Math.floor((bytes / total) * 100));
}

/** "2 transfers · 43 % · 3.1 MB/s". */
export function headline(list: readonly Transfer[], progress: number | null): string {
  const open = list.filter(({ state }) => !isEnded(state));
  const asking = open.filter(({ state }) => state === "asking").length;
  if (open.length === 0) {
    const failed = list.filter(({ state }) => state === "failed").length;
    const ended = `${transfers(list.length)} ended`;
    return failed === 0 ? ended : `${ended}, ${String(failed)} failed`;
  }
  const parts = [transfers(open.length)];
  if (asking > 0) parts.push(asking === 1 ? "1 needs you" : `${String(asking)} need you`);
  if (progress !== null) parts.push(`${String(Math.floor(progress * 100))} %`);
  const rate = open.reduce((sum, transfer) => sum + (transfer.rate ?? 0), 0);
  if (rate > 0) parts.push(`${byteCount(rate)}/s`);
  const left = open.reduce((most, { leftMs }) => Math.max(most, leftMs ?? 0), 0);
  if (left > 0) parts.push(`${duration(left)} left`);
  return parts.join(" · ");
}

function transfers(n: number): string {
  return `${String(n)} ${n === 1 ? "transfer" : "transfers"}`;
}

export function isEnded(state: Transfer["state"]): boolean {
  return state === "done" || state === "failed" || state === "cancelled";
}

/** "1.2 MB, changed 3 Jan 2026, 10:00". */
export function factsText({ size, modifiedMs }: FileFacts): string {
  if (modifiedMs === null) return byteCount(size);
  const when = new Date(modifiedMs).toLocaleString(undefined, {
    dateStyle: "medium",
    timeStyle: "short",
  });
  return `${byteCount(size)}, changed ${when}`;
}

/** Names the news for assistive technology; "" for none. */
export class News {
  #known = new Map<string, Transfer["state"]>();

  tell(list: readonly Transfer[]): string {
    const changed = list.filter(({ id, state }) => {
      const before = this.#known.get(id);
      return before !== state && (isEnded(state) || state === "asking" || state === "waiting");
    });
    this.#known = new Map(list.map(({ id, state }) => [id, state]));
    if (changed.length === 0) return "";
    const [only] = changed;
    if (changed.length === 1 && only !== undefined) {
      const verb = only.direction === "upload" ? "Upload" : "Download";
      return `${verb} of ${nameOf(only)}: ${stateWord(only)}. ${shownName(only.note)}`.trim();
    }
    const counts = new Map<string, number>();
    for (const transfer of changed) {
      const word = stateWord(transfer).toLowerCase();
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    const words = [...counts].map(([word, n]) => `${String(n)} ${word}`);
    return `Transfers: ${words.join(", ")}.`;
  }
}
