/** What the browser keeps of transfers over a reload, in memory. */

import type { LedgerPiece } from "../src/files/transfers/tree-ledger.ts";
import type { TransferRecord, TransferRecords } from "../src/files/transfers/records.ts";

/** Records in memory; two queues over one are two tabs, or one before and after a reload. */
export class FakeRecords implements TransferRecords {
  readonly kept = new Map<string, TransferRecord>();
  readonly ledgers = new Map<string, LedgerPiece[]>();
  readonly alive = new Set<string>();
  readonly claimed = new Set<string>();

  of(device: string): Promise<TransferRecord[]> {
    return Promise.resolve([...this.kept.values()].filter((record) => record.device === device));
  }

  put(record: TransferRecord): Promise<void> {
    this.kept.set(record.id, record);
    return Promise.resolve();
  }

  append(id: string, piece: LedgerPiece): Promise<void> {
    this.ledgers.set(id, [...(this.ledgers.get(id) ?? []), piece]);
    return Promise.resolve();
  }

  pieces(id: string): Promise<LedgerPiece[]> {
    return Promise.resolve(this.ledgers.get(id) ?? []);
  }

  delete(id: string): Promise<void> {
    this.kept.delete(id);
    this.ledgers.delete(id);
    return Promise.resolve();
  }

  hold(owner: string): Promise<ReadonlySet<string>> {
    this.alive.add(owner);
    return Promise.resolve(new Set(this.alive));
  }

  release(owner: string): void {
    this.alive.delete(owner);
  }

  get(id: string): Promise<TransferRecord | null> {
    return Promise.resolve(this.kept.get(id) ?? null);
  }

  claim(id: string): Promise<boolean> {
    if (this.claimed.has(id)) return Promise.resolve(false);
    this.claimed.add(id);
    return Promise.resolve(true);
  }

  unclaim(id: string): void {
    this.claimed.delete(id);
  }
}
