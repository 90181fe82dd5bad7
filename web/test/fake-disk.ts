/** A disk in memory with the handles of the File System API, and ends of ports for its tests. */

import type { FromDevice } from "../src/bridge/files.ts";
import { DiskHost } from "../src/files/disk/disk-host.ts";
import type { FromDisk, ToDisk } from "../src/files/disk/messages.ts";

/** A file whose content changes only when a writable is closed, as in browsers. */
export class FakeFile {
  readonly kind = "file";
  readonly name: string;
  data: Uint8Array = new Uint8Array();
  modified = 0;
  /** How often it was opened to write, and what opening copied. */
  opened = 0;
  copied = 0;
  aborted = 0;
  /** Bytes after which a write fails, as when the disk is full. */
  room = Infinity;

  constructor(name: string) {
    this.name = name;
  }

  getFile(): Promise<File> {
    const data = this.data as Uint8Array<ArrayBuffer>;
    return Promise.resolve(new File([data], this.name, { lastModified: this.modified }));
  }

  createWritable(options: { keepExistingData?: boolean } = {}): Promise<unknown> {
    this.opened += 1;
    let copy = options.keepExistingData === true ? this.data.slice() : new Uint8Array();
    this.copied += copy.byteLength;
    let at = 0;
    let length = copy.byteLength;
    return Promise.resolve({
      write: async (piece: Uint8Array) => {
        await Promise.resolve();
        if (at + piece.byteLength > this.room) {
          throw new DOMException("full", "QuotaExceededError");
        }
        if (at + piece.byteLength > copy.byteLength) {
          const grown = new Uint8Array(2 * (at + piece.byteLength));
          grown.set(copy.subarray(0, length));
          copy = grown;
        }
        copy.set(piece, at);
        at += piece.byteLength;
        length = Math.max(length, at);
      },
      truncate: (size: number) => {
        length = Math.min(length, size);
        return Promise.resolve();
      },
      seek: (offset: number) => {
        at = offset;
        return Promise.resolve();
      },
      close: () => {
        this.data = copy.slice(0, length);
        return Promise.resolve();
      },
      abort: () => {
        this.aborted += 1;
        return Promise.resolve();
      },
    });
  }

  get handle(): FileSystemFileHandle {
    return this as unknown as FileSystemFileHandle;
  }

  get text(): string {
    return new TextDecoder().decode(this.data);
  }
}

export class FakeFolder {
  readonly kind = "directory";
  readonly name: string;
  readonly children = new Map<string, FakeFile | FakeFolder>();
  /** Names that were asked for: none may be able to leave. */
  readonly asked: string[] = [];
  /** Names that this browser forbids. */
  forbidden = /$^/;
  permission: PermissionState = "granted";

  constructor(name = "folder") {
    this.name = name;
  }

  async *values(): AsyncGenerator<FakeFile | FakeFolder> {
    await Promise.resolve();
    yield* this.children.values();
  }

  get handle(): FileSystemDirectoryHandle {
    return this as unknown as FileSystemDirectoryHandle;
  }

  getFileHandle(name: string, options: { create?: boolean } = {}): Promise<unknown> {
    return this.#get(name, FakeFile, options.create === true);
  }

  getDirectoryHandle(name: string, options: { create?: boolean } = {}): Promise<unknown> {
    return this.#get(name, FakeFolder, options.create === true);
  }

  removeEntry(name: string): Promise<void> {
    return this.children.delete(name)
      ? Promise.resolve()
      : Promise.reject(new DOMException("not there", "NotFoundError"));
  }

  requestPermission(): Promise<PermissionState> {
    return Promise.resolve(this.permission);
  }

  /** All files below, "path" → text. */
  files(prefix = ""): Record<string, string> {
    const found: Record<string, string> = {};
    for (const [name, child] of this.children) {
      if (child instanceof FakeFile) found[prefix + name] = child.text;
      else Object.assign(found, child.files(`${prefix}${name}/`));
    }
    return found;
  }

  put(name: string, text: string, modified = 0): FakeFile {
    const file = new FakeFile(name);
    file.data = new TextEncoder().encode(text);
    file.modified = modified;
    this.children.set(name, file);
    return file;
  }

  async #get(
    name: string,
    kind: typeof FakeFile | typeof FakeFolder,
    create: boolean,
  ): Promise<unknown> {
    await Promise.resolve();
    this.asked.push(name);
    if (/[/\\\0]/.test(name) || ["", ".", ".."].includes(name) || this.forbidden.test(name)) {
      throw new TypeError("Name is not allowed.");
    }
    const child = this.children.get(name);
    if (child !== undefined && !(child instanceof kind)) {
      throw new DOMException("other kind", "TypeMismatchError");
    }
    if (child === undefined && !create) {
      throw new DOMException("not there", "NotFoundError");
    }
    const made = child ?? (kind === FakeFile ? new FakeFile(name) : new FakeFolder(name));
    if (child === undefined && made instanceof FakeFile) made.modified = Date.now();
    this.children.set(name, made);
    return made;
  }
}

export function bytes(text: string): ArrayBuffer {
  return new TextEncoder().encode(text).buffer;
}

/** The device's end of a download's or tree's port. */
export function deviceEnd(words: readonly FromDevice[] = []) {
  const { port1, port2 } = new MessageChannel();
  let credit = 0;
  let cancelled = 0;
  port1.onmessage = (event: MessageEvent<{ type: string; bytes: number }>): void => {
    if (event.data.type === "credit") credit += event.data.bytes;
    else cancelled += 1;
  };
  const say = (word: FromDevice): void => {
    port1.postMessage(word, word.type === "data" ? [word.data] : []);
  };
  for (const word of words) say(word);
  return {
    port: port2,
    say,
    credit: () => credit,
    cancelled: () => cancelled,
    close: () => {
      port1.close();
    },
  };
}

type Job = ToDisk extends infer Message
  ? Message extends unknown
    ? Omit<Message, "job">
    : never
  : never;

/** Runs one job and gathers what it tells. */
export function run(message: Job) {
  const told: FromDisk[] = [];
  let settle!: (last: FromDisk) => void;
  const end = new Promise<FromDisk>((resolve) => {
    settle = resolve;
  });
  const host = new DiskHost((word) => {
    told.push(word);
    if (word.type === "done" || word.type === "failed") settle(word);
  }, false);
  host.receive({ ...message, job: 1 });
  return {
    told,
    end,
    cancel: () => {
      host.receive({ type: "cancel", job: 1, keep: true });
    },
  };
}
