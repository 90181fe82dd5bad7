/** Keeps the records of a queue's transfers up to date, and finds those of queues that are gone. */

import { BridgeFailure } from "../../bridge/failure.ts";
import type { TransferRecord, TransferRecords } from "./records.ts";
import { revive, reviveTree } from "./revive.ts";
import type { Task } from "./task.ts";
import type { LocalItem } from "./types.ts";
import type { Remembered, Work } from "./work.ts";

export class Recorder {
  readonly #records: TransferRecords | null;
  readonly #device: string;
  readonly #owner: string = crypto.randomUUID();
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

  /** Takes it up again, in a user gesture. */
  async revive(id: string): Promise<Work> {
    return await revive(this.memory(id), async () => (await this.#records?.pieces(id)) ?? []);
  }

  /** Takes up a tree with what the person chose again. */
  async reviveTree(id: string, items: readonly LocalItem[]): Promise<Work> {
    return await reviveTree(this.memory(id), items, async () => {
      return (await this.#records?.pieces(id)) ?? [];
    });
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
    this.#records?.release(this.#owner);
  }

  forget(task: Task): void {
    this.#interrupted.delete(task.id);
    if (task.recorded === "" && !task.restored) return;
    task.recorded = "";
    this.#records?.delete(task.id).catch(() => undefined);
  }
}

/** Handles have nothing that changes, and no form as text. */
function plain(key: string, value: unknown): unknown {
  return key === "handle" ? undefined : value;
}
