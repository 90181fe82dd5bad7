/** What is kept over a reload: which transfers were on their way. No contents, no secrets. */

import type { ConflictRule } from "../disk/types.ts";
import type { LedgerPiece } from "./tree-ledger.ts";
import type { Remembered } from "./work.ts";

export interface TransferRecord {
  readonly id: string;
  /** Device and person that it belongs to. */
  readonly device: string;
  /** The queue that runs it: two tabs may show one device. */
  readonly owner: string;
  readonly at: number;
  /** The person's answer for all of it. */
  readonly rule: ConflictRule | null;
  readonly what: Remembered;
}

/** A small store. Nothing waits for it, and its failures only mean that a reload forgets. */
export interface TransferRecords {
  of(device: string): Promise<TransferRecord[]>;
  /** One as it is by now; null when it is gone. */
  get(id: string): Promise<TransferRecord | null>;
  put(record: TransferRecord): Promise<void>;
  /** Adds to the ledger of a tree. */
  append(id: string, piece: LedgerPiece): Promise<void>;
  /** The ledger of a tree, oldest piece first. */
  pieces(id: string): Promise<LedgerPiece[]>;
  /** With its ledger. */
  delete(id: string): Promise<void>;
  /** Holds the owner's mark until it is released or the page goes; resolves with who is alive. */
  hold(owner: string): Promise<ReadonlySet<string>>;
  release(owner: string): void;
  /**
   * Takes what a queue that is gone left: two tabs may list it, one alone goes on with it.
   * False while another has it. It holds until it is given back or the page goes.
   */
  claim(id: string): Promise<boolean>;
  unclaim(id: string): void;
}

const DATABASE = "porthole-transfers";
const STORE = "transfers";
/** Pieces of ledgers: {id, piece}, in the order in which they came. */
const LEDGERS = "ledgers";
/** Older ones are forgotten. */
const KEPT_MS = 14 * 24 * 3600 * 1000;

/** The browser's IndexedDB, which alone can keep file handles. */
export class BrowserRecords implements TransferRecords {
  #opened: Promise<IDBDatabase> | null = null;
  /** What gives back a lock, by its name. */
  readonly #held = new Map<string, () => void>();

  async of(device: string): Promise<TransferRecord[]> {
    const all = await this.#run(STORE, "readonly", (store) => store.getAll());
    const records = (all as unknown[]).filter(isRecord);
    const old = Date.now() - KEPT_MS;
    for (const { id, at } of records) if (at < old) await this.delete(id);
    return records.filter((record) => record.device === device && record.at >= old);
  }

  async get(id: string): Promise<TransferRecord | null> {
    const record: unknown = await this.#run(STORE, "readonly", (store) => store.get(id));
    return isRecord(record) ? record : null;
  }

  async put(record: TransferRecord): Promise<void> {
    await this.#run(STORE, "readwrite", (store) => store.put(record));
  }

  async append(id: string, piece: LedgerPiece): Promise<void> {
    await this.#run(LEDGERS, "readwrite", (store) => store.add({ id, piece }));
  }

  async pieces(id: string): Promise<LedgerPiece[]> {
    const all = await this.#run(LEDGERS, "readonly", (store) => store.index("id").getAll(id));
    return (all as { piece: LedgerPiece }[]).map(({ piece }) => piece);
  }

  async delete(id: string): Promise<void> {
    await this.#run(STORE, "readwrite", (store) => store.delete(id));
    const keys = await this.#run(LEDGERS, "readonly", (store) => store.index("id").getAllKeys(id));
    if (keys.length === 0) return;
    await this.#run(LEDGERS, "readwrite", (store) => {
      for (const key of keys) store.delete(key);
      return store.count();
    });
  }

  /** How many there are, of all devices and people. */
  count(): Promise<number> {
    return this.#run(STORE, "readonly", (store) => store.count());
  }

  /** Removes all, of all devices and people. */
  async clear(): Promise<void> {
    for (const name of [STORE, LEDGERS]) {
      await this.#run(name, "readwrite", (store) => store.clear());
    }
  }

  async hold(owner: string): Promise<ReadonlySet<string>> {
    await this.#lock(lockName(owner));
    const now = await navigator.locks.query();
    const names = [...(now.held ?? []), ...(now.pending ?? [])].map(({ name }) => name ?? "");
    const prefix = lockName("");
    return new Set(
      names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)),
    );
  }

  release(owner: string): void {
    this.#unlock(lockName(owner));
  }

  claim(id: string): Promise<boolean> {
    return this.#lock(claimName(id));
  }

  unclaim(id: string): void {
    this.#unlock(claimName(id));
  }

  /** Resolves when it is held, or with false when another page holds it. */
  async #lock(name: string): Promise<boolean> {
    if (this.#held.has(name)) return true;
    return await new Promise<boolean>((resolve, reject) => {
      const granted = (lock: Lock | null): Promise<void> | undefined => {
        resolve(lock !== null);
        if (lock === null) return undefined;
        return new Promise((free) => this.#held.set(name, free));
      };
      navigator.locks.request(name, { ifAvailable: true }, granted).catch(reject);
    });
  }

  #unlock(name: string): void {
    this.#held.get(name)?.();
    this.#held.delete(name);
  }

  async #run<T>(
    name: string,
    mode: IDBTransactionMode,
    work: (store: IDBObjectStore) => IDBRequest<T>,
  ): Promise<T> {
    this.#opened ??= openDatabase(() => {
      this.#opened = null;
    });
    const database = await this.#opened;
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(name, mode);
      const request = work(transaction.objectStore(name));
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

function claimName(id: string): string {
  return `porthole-transfer-${id}`;
}

/** gone: it was closed, for a newer page or because it is removed. */
function openDatabase(gone: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 2);
    request.onupgradeneeded = ({ oldVersion }) => {
      const { result: database } = request;
      if (oldVersion < 1) database.createObjectStore(STORE, { keyPath: "id" });
      const ledgers = database.createObjectStore(LEDGERS, { autoIncrement: true });
      ledgers.createIndex("id", "id");
    };
    request.onsuccess = () => {
      const { result: database } = request;
      database.onversionchange = () => {
        database.close();
        gone();
      };
      resolve(database);
    };
    request.onblocked = () => {
      reject(new Error("An older page has it open."));
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
  const { kind, path, paths, seed, into } = what as Record<string, unknown>;
  if (kind === "upload-tree") return typeof into === "string" && typeof seed === "number";
  if (kind === "download-tree") {
    const isList = Array.isArray(paths) && paths.every((each) => typeof each === "string");
    return isList && typeof seed === "number";
  }
  return (kind === "download" || kind === "upload") && typeof path === "string";
}
