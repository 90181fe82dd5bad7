/** One row of the queue: its state, and the snapshot that others see. */

import { BridgeFailure, cancelled } from "../../bridge/failure.ts";
import type { TreeFault } from "../disk/types.ts";
import { RateMeter } from "./rate.ts";
import type { ConflictRule, FileFacts, Question, Transfer, TransferState } from "./types.ts";
import type { Work } from "./work.ts";

/** What is kept of faults: a list that nobody could read helps nobody. */
const MOST_FAULTS = 1000;

/** What was asked for at once: an answer "for all" holds for it. */
export interface Batch {
  rule: ConflictRule | null;
}

interface Asked {
  readonly question: Question;
  readonly answer: (rule: ConflictRule) => void;
  readonly drop: () => void;
}

/** A transfer as the queue keeps it. */
export class Task {
  readonly id: string;
  readonly batch: Batch;
  work: Work;
  state: TransferState = "queued";
  bytes = 0;
  total: number | null = null;
  files = 0;
  filesTotal: number | null = null;
  note = "";
  faults: TreeFault[] = [];
  verified = false;
  /** Compressed on the wire. */
  packed = false;
  /** From before a reload: nothing of it is lost when the page goes again. */
  restored = false;
  /** It is being taken up again, or let go. */
  taking = false;
  /** Set while it is asking for what a reload took. */
  lasting: Question | null = null;
  /** Ends the go that is. */
  abort: AbortController | null = null;
  /** Settles when the last go has let go of everything. */
  over: Promise<void> = Promise.resolve();
  /** Goes without any progress. */
  tries = 0;
  /** Those that were active at the same time count together for the overall progress. */
  round = 0;
  /** What is recorded of it; "" for nothing. */
  recorded = "";
  readonly meter = new RateMeter();
  readonly #asked: Asked[] = [];
  #snapshot: Transfer | null = null;

  constructor(work: Work, batch: Batch, id: string = crypto.randomUUID()) {
    this.id = id;
    this.work = work;
    this.batch = batch;
  }

  get question(): Question | null {
    return this.lasting ?? this.#asked[0]?.question ?? null;
  }

  /** Bytes of it may move: also those of a tree one of whose files has a question. */
  get moving(): boolean {
    if (this.abort === null) return false;
    return this.state === "running" || (this.state === "asking" && this.work.kind === "tree");
  }

  /** It is neither over nor from before a reload. */
  get active(): boolean {
    return !isOver(this.state) && !this.restored;
  }

  /** Resolves with the answer. Rejects when the go ends before. */
  ask(name: string, existing: FileFacts, offered: FileFacts): Promise<ConflictRule> {
    if (this.abort === null) return Promise.reject(cancelled());
    return new Promise((resolve, reject) => {
      const facts = ({ size, modifiedMs }: FileFacts): FileFacts => ({ size, modifiedMs });
      const asked: Asked = {
        question: { kind: "conflict", name, existing: facts(existing), offered: facts(offered) },
        answer: resolve,
        drop: () => {
          reject(cancelled());
        },
      };
      this.#asked.push(asked);
      this.state = "asking";
    });
  }

  /** Takes the questions back: the go ended. */
  withdraw(): void {
    for (const { drop } of this.#asked.splice(0)) drop();
  }

  /** Answers the first question, or all that wait. */
  answer(rule: ConflictRule, all: boolean): void {
    for (const { answer } of this.#asked.splice(0, all ? this.#asked.length : 1)) answer(rule);
    if (this.state === "asking" && this.question === null) this.state = "running";
  }

  fault(fault: TreeFault): void {
    if (this.faults.length < MOST_FAULTS) this.faults = [...this.faults, fault];
  }

  /** Throws away the snapshot: something changed. */
  touch(): void {
    this.#snapshot = null;
  }

  /** The same object until something changes. */
  snapshot(now: number): Transfer {
    if (this.#snapshot !== null && !this.moving) return this.#snapshot;
    const { id, bytes, total, files, filesTotal, note, faults, verified, state } = this;
    const { direction, kind, name, path } = this.work;
    const rate = this.moving ? this.meter.rate(now) : null;
    const isMoving = rate !== null && rate > 0 && total !== null;
    return (this.#snapshot = {
      ...{ id, direction, kind, name, path, state, bytes, total, files, filesTotal, rate },
      leftMs: isMoving ? (Math.max(0, total - bytes) / rate) * 1000 : null,
      ...{ note, faults, verified, ask: this.question },
    });
  }
}

/** How far all are that count together, 0 to 1; null when nothing runs. */
export function overall(tasks: readonly Task[], now: number): number | null {
  if (!tasks.some(({ state, moving }) => moving || state === "queued")) return null;
  const counted = tasks.filter(
    ({ round, state, total }) => round === now && total !== null && state !== "cancelled",
  );
  const total = counted.reduce((sum, task) => sum + (task.total ?? 0), 0);
  const bytes = counted.reduce((sum, task) => sum + Math.min(task.bytes, task.total ?? 0), 0);
  return total === 0 ? 0 : bytes / total;
}

export function isOver(state: TransferState): boolean {
  return state === "done" || state === "failed" || state === "cancelled";
}

/** What was begun before a reload, and waits for the person. */
export class Interrupted implements Work {
  readonly direction: "download" | "upload";
  readonly kind: "file" | "tree";
  readonly name: string;
  readonly path: string;
  readonly small = false;
  readonly lock = "";

  constructor(direction: "download" | "upload", kind: "file" | "tree", name: string, path: string) {
    this.direction = direction;
    this.kind = kind;
    this.name = name;
    this.path = path;
  }

  run(): Promise<never> {
    return Promise.reject(
      new BridgeFailure("not_found", "Nothing is left of it to go on with. Begin it anew."),
    );
  }

  drop(): Promise<string> {
    return Promise.resolve(""); // there is nothing yet
  }

  remember(): null {
    return null;
  }
}
