/** A device of the memory: what the file view is tested against, in Node and in a page. */

import { BridgeFailure } from "../src/bridge/failure.ts";
import type { OutputHandler, Session } from "../src/bridge/client.ts";
import type { SessionEnd } from "../src/bridge/bridge.d.ts";
import type { FileEntry, Files, PutOptions } from "../src/bridge/files.ts";
import { entry as entryOf } from "./entries.ts";

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** tail -F that the test speaks for. Counts what was handed out and not taken. */
export class FakeTail implements Session {
  readonly closed: Promise<SessionEnd>;
  pending = 0;
  mostPending = 0;
  isClosed = false;
  end!: (end: SessionEnd) => void;
  #handler: OutputHandler | null = null;
  #early: (() => void)[] = [];
  #free: (() => void)[] = [];

  constructor() {
    this.closed = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  attach(handler: OutputHandler): () => void {
    this.#handler = handler;
    for (const send of this.#early.splice(0)) send();
    return () => {
      this.#handler = null;
    };
  }

  say(data: Uint8Array | string, stream: 0 | 1 = 0): void {
    const chunk = typeof data === "string" ? bytes(data) : data;
    const send = (): void => {
      this.pending += chunk.length;
      this.mostPending = Math.max(this.mostPending, this.pending);
      this.#handler?.(
        chunk,
        () => {
          this.pending -= chunk.length;
          for (const wake of this.#free.splice(0)) wake();
        },
        stream,
      );
    };
    if (this.#handler === null) this.#early.push(send);
    else send();
  }

  /** As the worker does: no more than so many bytes on their way. */
  async room(max: number): Promise<void> {
    while (this.pending >= max) await new Promise<void>((resolve) => this.#free.push(resolve));
  }

  write = (): Promise<void> => Promise.resolve();
  resize = (): Promise<void> => Promise.resolve();
  signal = (): Promise<void> => Promise.resolve();

  close(): Promise<void> {
    this.isClosed = true;
    this.end({ exitStatus: null, exitSignal: "TERM" });
    return Promise.resolve();
  }
}

interface Held {
  bytes: Uint8Array;
  entry: FileEntry;
}

/** Only what the view uses; the rest of {@link Files} is not there. */
export class FakeDevice {
  readonly held = new Map<string, Held>();
  readonly links = new Map<string, string>();
  readonly reads: { path: string; offset: number; length: number }[] = [];
  readonly puts: { path: string; options: PutOptions }[] = [];
  /** Paths that were saved. */
  readonly saves: string[] = [];
  /** What save says of how it was done. */
  saveNote = "";
  readonly tails: FakeTail[] = [];
  /** False: no sha256sum there. */
  hashes = true;
  /** Set: every call rejects with it. */
  broken: BridgeFailure | null = null;
  /** Set: put and save reject with it. */
  refusesPut: BridgeFailure | null = null;
  #clock = 1_700_000_000_000;

  hold(path: string, data: Uint8Array | string, more: Partial<FileEntry> = {}): FileEntry {
    const content = typeof data === "string" ? bytes(data) : data;
    const name = path.slice(path.lastIndexOf("/") + 1);
    const entry = entryOf(name, {
      size: content.length,
      modifiedMs: (this.#clock += 1000),
      ...more,
    });
    this.held.set(path, { bytes: content, entry });
    return entry;
  }

  text(path: string): string {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.#at(path).bytes);
  }

  /** A new object each time, as after a reconnect. */
  files(): Files {
    const there = {
      stat: (path: string, follow: boolean) =>
        this.#answer(() => this.#at(follow ? this.#real(path) : path).entry),
      realPath: (path: string) => this.#answer(() => this.#real(path)),
      hash: (path: string) =>
        this.#answer(async () => {
          if (!this.hashes) return null;
          const { bytes } = this.#at(this.#real(path));
          const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
          return [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, "0")).join("");
        }),
      read: (path: string, offset: number, length: number) =>
        this.#answer(() => {
          this.reads.push({ path, offset, length });
          return this.#at(this.#real(path)).bytes.slice(offset, offset + length);
        }),
      put: (path: string, data: Uint8Array, options: PutOptions) =>
        this.#answer(() => {
          this.puts.push({ path, options });
          if (this.refusesPut !== null) throw this.refusesPut;
          const before = this.held.get(path)?.entry;
          if (before !== undefined && !options.replace) {
            throw new BridgeFailure("exists", `${path} is there already.`);
          }
          return this.hold(path, data.slice(), before && { mode: before.mode, uid: before.uid });
        }),
      save: (path: string, data: Uint8Array) =>
        this.#answer(() => {
          this.saves.push(path);
          if (this.refusesPut !== null) throw this.refusesPut;
          const before = this.held.get(path)?.entry;
          const rights = before && { mode: before.mode, uid: before.uid };
          return { entry: this.hold(path, data.slice(), rights), note: this.saveNote };
        }),
      follow: () =>
        this.#answer(() => {
          const tail = new FakeTail();
          this.tails.push(tail);
          return tail;
        }),
    };
    return there as unknown as Files;
  }

  async #answer<T>(make: () => T | Promise<T>): Promise<T> {
    await Promise.resolve();
    if (this.broken !== null) throw this.broken;
    return make();
  }

  #real(path: string): string {
    return this.links.get(path) ?? path;
  }

  #at(path: string): Held {
    const there = this.held.get(path);
    if (there === undefined) throw new BridgeFailure("not_found", `${path} is not there.`);
    return there;
  }
}
