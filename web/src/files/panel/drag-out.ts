/** Files that are dragged out of the window: what other programs can take, and what they cannot. */

import type { FileEntry, Files } from "../../bridge/files.ts";
import { safeName } from "../disk/names.ts";

/**
 * A drag has to carry its bytes when it begins: from here on it takes too long, and
 * {@link Files.read} gives no more at once.
 */
export const MAX_OUT_BYTES = 8 * 1024 * 1024;

/** How long something that was read stays good for another try: the device's file goes on. */
const KEEP_MS = 10_000;
/** What took it reads it after the drag. */
const FETCH_MS = 60_000;

/** One file that is read, so that a drag may hand it out. */
interface Held {
  readonly path: string;
  readonly entry: FileEntry;
  readonly abort: AbortController;
  blob: Blob | null;
  url: string;
}

/**
 * Whether this browser hands files to other programs: Chromium's "DownloadURL", which it
 * knows on Windows and macOS alone. The browser itself asks for the address when the drop is
 * made, past every service worker, so it must be a blob: of this page; the gateway must
 * never see the bytes.
 */
export function handsOut(): boolean {
  const data = (navigator as { userAgentData?: { readonly platform: string } }).userAgentData;
  return data?.platform === "Windows" || data?.platform === "macOS";
}

/** Holds at most one file, and not for long. */
export class DragOut {
  #held: Held | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** The pointer went down on a file: it is read while the drag may begin. */
  prepare(files: Pick<Files, "read">, path: string, entry: FileEntry): void {
    if (entry.type !== "file" || entry.size >= MAX_OUT_BYTES) return;
    if (this.#is(path, entry)) return;
    this.forget();
    const held: Held = { path, entry, abort: new AbortController(), blob: null, url: "" };
    this.#held = held;
    void this.#read(files, held).catch(() => {
      if (this.#held === held) this.forget();
    });
  }

  /** The pointer went up, and it was no drag: what is not read yet is not needed. */
  giveUp(): void {
    if (this.#held?.blob === null) this.forget();
  }

  /** Puts the file into a drag that begins; false when it is not there (yet). */
  offer(data: DataTransfer, path: string, entry: FileEntry): boolean {
    const held = this.#held;
    if (held === null || !this.#is(path, entry) || held.url === "") return false;
    clearTimeout(this.#timer); // it must last until the drop
    data.setData("DownloadURL", `${held.blob?.type ?? ""}:${safeName(entry.name)}:${held.url}`);
    return true;
  }

  /** The drag that carried it has ended. Resolves with its SHA-256 in hex when it was taken. */
  async ended(taken: boolean): Promise<string> {
    const blob = this.#held?.blob;
    this.#forgetIn(taken ? FETCH_MS : KEEP_MS);
    if (!taken || blob === null || blob === undefined) return "";
    const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /** Lets go of it at once. */
  forget(): void {
    clearTimeout(this.#timer);
    const held = this.#held;
    this.#held = null;
    held?.abort.abort();
    if (held !== null && held.url !== "") URL.revokeObjectURL(held.url);
  }

  #is(path: string, { size, modifiedMs }: FileEntry): boolean {
    const held = this.#held;
    if (held?.path !== path) return false;
    return held.entry.size === size && held.entry.modifiedMs === modifiedMs;
  }

  /** One byte more is asked for: a file that is not as long as its listing says is left out. */
  async #read(files: Pick<Files, "read">, held: Held): Promise<void> {
    const { path, entry, abort } = held;
    const bytes = await files.read(path, 0, entry.size + 1, abort.signal);
    if (this.#held !== held) return;
    if (bytes.byteLength !== entry.size) {
      this.forget();
      return;
    }
    held.blob = new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "application/octet-stream" });
    held.url = URL.createObjectURL(held.blob);
    this.#forgetIn(KEEP_MS);
  }

  #forgetIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.forget();
    }, ms);
  }
}
