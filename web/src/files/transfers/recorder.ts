/** Keeps the records of a queue's transfers up to date, and finds those of queues that are gone. */

import { BridgeFailure } from "../../bridge/failure.ts";
import type { TransferRecord, TransferRecords } from "./records.ts";
import { revive, reviveTree } from "./revive.ts";
import type { Task } from "./task.ts";
import type { LedgerPiece } from "./tree-ledger.ts";
import type { LocalItem } from "./types.ts";
import type { Remembered, Work } from "./work.ts";

/** Nothing is left to go on with. */
export class EndedElsewhere extends BridgeFailure {}

export class Recorder {
  readonly #records: TransferRecords | null;
  readonly #device: string;
  readonly #owner: string = crypto.randomUUID();
  readonly #claimed = new Set<string>();
  readonly #interrupted = new Map<string, Remembered>();

  constructor(records: TransferRecords | null, device: string) {
    this.#records = records;
    this.#device = device;
  }

  /** What queues that are gone left of this device. */
  async interrupted(): Promise<readonly TransferRecord[]> {
    if (this.#records === null) return [];
    try {
      const alive = await this.#records.hold(this.#owner);
      const records = await this.#records.of(this.#device);
      const left = records.filter(({ owner }) => !alive.has(owner) && owner !== this.#owner);
      for (const { id, what } of left) this.#interrupted.set(id, what);
      return left;
    } catch {
      return []; // a browser without storage: nothing was kept
    }
  }

  /** What is remembered of an interrupted transfer. */
  memory(id: string): Remembered {
    const what = this.#interrupted.get(id);
    if (what === undefined) throw new BridgeFailure("not_found", "This transfer is not known.");
    return what;
  }

  /**
   * Takes it for this queue alone, as it is by now. Rejects with a sentence while another tab
   * has it, and with {@link EndedElsewhere} when that one ended it.
   */
  async claim(id: string): Promise<Remembered> {
    const records = this.#records;
    if (records === null || !(await records.claim(id))) {
      throw new BridgeFailure(
        "exists",
        "Another tab of this browser goes on with it. Close that one to go on here.",
      );
    }
    this.#claimed.add(id);
    const record = await records.get(id);
    if (record === null) {
      this.unclaim(id);
      throw new EndedElsewhere("not_found", "It was finished, or cancelled, in another tab.");
    }
    this.#interrupted.set(id, record.what);
    return record.what;
  }

  unclaim(id: string): void {
    if (this.#claimed.delete(id)) this.#records?.unclaim(id);
  }

  /** Of the ledger of a tree, oldest first. */
  async pieces(id: string): Promise<readonly LedgerPiece[]> {
    return (await this.#records?.pieces(id)) ?? [];
  }

  /** Takes it up again, in a user gesture. */
  async revive(id: string): Promise<Work> {
    return await revive(this.memory(id), () => this.pieces(id));
  }

  /** Takes up a tree with what the person chose again. */
  async reviveTree(id: string, items: readonly LocalItem[]): Promise<Work> {
    return await reviveTree(this.memory(id), items, () => this.pieces(id));
  }

  /** Records a transfer, when it can go on later and what is to be known of it changed. */
  save(task: Task): void {
    const what = task.work.remember();
    if (what === null || this.#records === null) return;
    const { id } = task;
    const { rule } = task.batch;
    const mark = JSON.stringify([rule, what], plain);
    if (task.recorded !== mark) {
      task.recorded = mark;
      const record = { id, device: this.#device, owner: this.#owner, at: Date.now(), rule, what };
      this.#records.put(record).catch(() => undefined);
    }
    const piece = task.work.ledger?.() ?? null;
    if (piece !== null) this.#records.append(id, piece).catch(() => undefined);
  }

  /** From now on what is recorded is nobody's: another queue may take it up. */
  close(): void {
    for (const id of [...this.#claimed]) this.unclaim(id);
    this.#records?.release(this.#owner);
  }

  forget(task: Task): void {
    const { id } = task;
    this.#interrupted.delete(id);
    if (task.recorded === "" && !task.restored && !this.#claimed.has(id)) return;
    task.recorded = "";
    // Whoever gets it after this must find that it is gone.
    const gone = this.#records?.delete(id).catch(() => undefined) ?? Promise.resolve();
    void gone.then(() => {
      this.unclaim(id);
    });
  }
}

/** Handles have nothing that changes, and no form as text. */
function plain(key: string, value: unknown): unknown {
  return key === "handle" ? undefined : value;
}
