/** What is kept over a reload: which transfers were on their way. No contents, no secrets. */

import type { Remembered } from "./work.ts";

export interface TransferRecord {
  readonly id: string;
  /** Device and person that it belongs to. */
  readonly device: string;
  /** The queue that runs it: two tabs may show one device. */
  readonly owner: string;
  readonly at: number;
  readonly what: Remembered;
}

/** A small store. Nothing waits for it, and its failures only mean that a reload forgets. */
export interface TransferRecords {
  of(device: string): Promise<TransferRecord[]>;
  put(record: TransferRecord): Promise<void>;
  delete(id: string): Promise<void>;
  /** Holds the owner's mark until the page goes; resolves with who is alive. */
  hold(owner: string): Promise<ReadonlySet<string>>;
}

const DATABASE = "porthole-transfers";
const STORE = "transfers";
/** Older ones are forgotten. */
const KEPT_MS = 14 * 24 * 3600 * 1000;

/** The browser's IndexedDB, which alone can keep file handles. */
export class BrowserRecords implements TransferRecords {
  #opened: Promise<IDBDatabase> | null = null;

  async of(device: string): Promise<TransferRecord[]> {
    const all = await this.#run("readonly", (store) => store.getAll());
    const records = (all as unknown[]).filter(isRecord);
    const old = Date.now() - KEPT_MS;
    for (const { id, at } of records) if (at < old) await this.delete(id);
    return records.filter((record) => record.device === device && record.at >= old);
  }

  async put(record: TransferRecord): Promise<void> {
    await this.#run("readwrite", (store) => store.put(record));
  }

  async delete(id: string): Promise<void> {
    await this.#run("readwrite", (store) => store.delete(id));
  }

  /** How many there are, of all devices and people. */
  count(): Promise<number> {
    return this.#run("readonly", (store) => store.count());
  }

  /** Removes all, of all devices and people. */
  async clear(): Promise<void> {
    await this.#run("readwrite", (store) => store.clear());
  }

  async hold(owner: string): Promise<ReadonlySet<string>> {
    const { locks } = navigator;
    void locks.request(lockName(owner), () => new Promise(() => undefined)).catch(() => undefined);
    const { held = [], pending = [] } = await locks.query();
    const names = [...held, ...pending].map(({ name }) => name ?? "");
    const prefix = lockName("");
    return new Set(
      names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)),
    );
  }

  async #run<T>(
    mode: IDBTransactionMode,
    work: (store: IDBObjectStore) => IDBRequest<T>,
  ): Promise<T> {
    const database = await (this.#opened ??= openDatabase());
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      const failed = (): void => {
        reject(transaction.error ?? request.error ?? new Error("IndexedDB refused."));
      };
      transaction.oncomplete = () => {
        resolve(request.result);
      };
      transaction.onerror = failed;
      transaction.onabort = failed;
    });
  }
}

function lockName(owner: string): string {
  return `porthole-transfers-${owner}`;
}

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(STORE, { keyPath: "id" });
    };
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error("IndexedDB refused."));
    };
  });
}

/** Another version of the page may have written it. */
function isRecord(value: unknown): value is TransferRecord {
  if (typeof value !== "object" || value === null) return false;
  const { id, device, owner, at, what } = value as Record<string, unknown>;
  const isPlain =
    typeof id === "string" &&
    typeof device === "string" &&
    typeof owner === "string" &&
    typeof at === "number";
  if (!isPlain || typeof what !== "object" || what === null) return false;
  const { kind, path, paths } = what as Record<string, unknown>;
  if (kind === "download-tree") {
    return Array.isArray(paths) && paths.every((each) => typeof each === "string");
  }
  return (kind === "download" || kind === "upload") && typeof path === "string";
}
