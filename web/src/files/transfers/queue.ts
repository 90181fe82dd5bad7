/** The queue of one device: what moves, in which order, and what becomes of it. */

import { type BridgeFailure, toFailure } from "../../bridge/failure.ts";
import { NO_LIMITS, type FileLimits, type Files } from "../../bridge/files.ts";
import type { ConflictRule, Disk } from "../disk/types.ts";
import { Changes } from "./changes.ts";
import { dropRemembered } from "./abandon.ts";
import { DISCARD, isGone } from "./endings.ts";
import { Gate, Locks } from "./locks.ts";
import { planDownload, planUpload } from "./plan.ts";
import type { TransferRecords } from "./records.ts";
import { EndedElsewhere, Recorder } from "./recorder.ts";
import { interruptedTask, reviveWith } from "./revive.ts";
import { taskEnv } from "./task-env.ts";
import { isOver, overall, Task, type Batch } from "./task.ts";
import type {
  DownloadWay,
  KeepOptions,
  LocalItem,
  RemoteItem,
  Transfer,
  TransferEvent,
  TransferQueue,
} from "./types.ts";
import type { Env, Outcome, Work } from "./work.ts";

const LARGE_AT_ONCE = 3;
const SMALL_AT_ONCE = 16;
const TICK_MS = 1000;
/** A stream broke although the connection is up: so often it is tried again. */
const MOST_TRIES = 3;
const AGAIN_MS = 1500;

export interface QueueOptions {
  readonly disk: Disk;
  /** Device and person, for what is kept over a reload. */
  readonly device: string;
  readonly limits?: FileLimits;
  /** Told once of each transfer that ended; never waited for. */
  readonly report?: (event: TransferEvent) => void;
  /** null keeps nothing over a reload. */
  readonly records?: TransferRecords | null;
}

/** See {@link TransferQueue}. Without looks: the tray and the panel draw it. */
export class FileQueue extends EventTarget implements TransferQueue {
  readonly #options: QueueOptions;
  readonly #recorder: Recorder;
  readonly #locks = new Locks();
  readonly #small = new Gate(SMALL_AT_ONCE);
  readonly #changes = new Changes(() => this.dispatchEvent(new Event("change")));
  #tasks: Task[] = [];
  #files: Files | null = null;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #lineRate: number | null = null;
  #round = 0;

  constructor(options: QueueOptions) {
    super();
    this.#options = options;
    this.#recorder = new Recorder(options.records ?? null, options.device);
    void this.#restore();
  }

  get list(): readonly Transfer[] {
    const now = performance.now();
    return this.#tasks.map((task) => task.snapshot(now));
  }

  get progress(): number | null {
    return overall(this.#tasks, this.#round);
  }

  get busy(): boolean {
    return this.#tasks.some(({ active }) => active);
  }

  setFiles(files: Files | null): void {
    if (files === this.#files) return;
    this.#files = files;
    for (const task of this.#tasks) {
      if (task.abort !== null) this.#stop(task, "waiting");
      if (files === null && task.state === "queued") task.state = "waiting";
      if (files !== null && task.state === "waiting") task.state = "queued";
      task.touch();
    }
    void files?.closed.then(() => {
      if (this.#files === files) this.setFiles(null);
    });
    this.#next();
  }

  async download(
    items: readonly RemoteItem[],
    way: DownloadWay,
    options: KeepOptions = {},
  ): Promise<void> {
    this.#add(await planDownload(items, way, options));
  }

  upload(items: readonly LocalItem[], into: string, options: KeepOptions = {}): void {
    this.#add(planUpload(items, into, options));
  }

  pause(id: string): void {
    const task = this.#find(id);
    if (task === undefined || isOver(task.state) || task.lasting !== null) return;
    this.#stop(task, "paused");
    this.#next();
  }

  resume(id: string): void {
    const task = this.#find(id);
    if (task?.state === "paused") this.#enqueue(task);
    if (task?.lasting?.kind === "permission") {
      void this.#takeUp(task, () => this.#recorder.revive(task.id)).catch(() => undefined);
    }
  }

  cancel(id: string): void {
    const task = this.#find(id);
    if (task === undefined || isOver(task.state)) return;
    if (task.restored) {
      void this.#taking(task, () => this.#abandon(task)).catch(() => undefined);
      return;
    }
    this.#stop(task, "cancelled");
    task.note = "";
    // A retry waits for it: what it removes must not be gone on with.
    task.over = task.over.then(async () => {
      const stays = await task.work.drop(this.#files);
      if (task.state === "cancelled") this.#note(task, stays);
    });
    this.#recorder.forget(task);
    this.#report(task, "cancelled", "");
    this.#next();
  }

  retry(id: string): void {
    const task = this.#find(id);
    if (task === undefined || !isOver(task.state)) return;
    if (task.state === "done" && task.faults.length === 0) return;
    this.#enqueue(task);
  }

  clear(): void {
    for (const task of this.#tasks) if (isOver(task.state)) this.#recorder.forget(task);
    this.#tasks = this.#tasks.filter(({ state }) => !isOver(state));
    this.#changes.now();
  }

  resolve(id: string, rule: ConflictRule, all: boolean): void {
    const task = this.#find(id);
    if (task === undefined) return;
    if (all) task.batch.rule = rule;
    for (const each of this.#tasks) {
      if (each === task || (all && each.batch === task.batch)) {
        each.answer(rule, all);
        each.touch();
      }
    }
    this.#changes.now();
  }

  async chooseFile(id: string, file: File, handle?: FileSystemFileHandle): Promise<void> {
    const task = this.#find(id);
    if (task?.lasting?.kind !== "file") return;
    await this.#takeUp(task, () =>
      Promise.resolve(reviveWith(this.#recorder.memory(id), file, handle ?? null)),
    );
  }

  async chooseFiles(id: string, items: readonly LocalItem[]): Promise<void> {
    const task = this.#find(id);
    if (task?.lasting?.kind !== "files") return;
    await this.#takeUp(task, () => this.#recorder.reviveTree(id, items));
  }

  close(): void {
    for (const task of this.#tasks) if (task.abort !== null) this.#stop(task, "waiting");
    this.#files = null;
    void Promise.all(this.#tasks.map(({ over }) => over)).then(() => {
      this.#recorder.close();
    });
    clearInterval(this.#ticker);
    this.#ticker = undefined;
    this.#changes.stop();
  }

  #find(id: string): Task | undefined {
    return this.#tasks.find((task) => task.id === id);
  }

  #add(works: readonly Work[]): void {
    if (works.length === 0) return;
    if (!this.busy) this.#round++;
    const batch: Batch = { rule: null };
    const tasks = works.map((work) => new Task(work, batch));
    this.#tasks = [...this.#tasks, ...tasks];
    for (const task of tasks) {
      task.round = this.#round;
      task.state = this.#files === null ? "waiting" : "queued";
      this.#recorder.save(task);
    }
    this.#next();
  }

  /** Once more to the end of what waits. */
  #enqueue(task: Task): void {
    if (!this.busy) this.#round++;
    task.round = this.#round;
    task.state = this.#files === null ? "waiting" : "queued";
    task.restored = false;
    task.lasting = null;
    task.tries = 0;
    task.faults = [];
    task.note = "";
    task.touch(); // without a connection nothing else changes its row
    this.#next();
  }

  /** Ends the go that is; what is there stays for the next. */
  #stop(task: Task, state: "waiting" | "paused" | "cancelled"): void {
    task.state = state;
    const { abort } = task;
    task.abort = null;
    abort?.abort(state === "cancelled" ? DISCARD : undefined);
    task.withdraw();
    task.touch();
    this.#changes.now();
  }

  /** Begins what there is room for, in order. */
  #next(): void {
    const files = this.#files;
    const active = this.#tasks.filter(({ state }) => state === "running");
    let small = active.filter(({ work }) => work.small).length;
    let large = active.length - small;
    // Also what asks or is about to let go writes still.
    const begun = this.#tasks.filter(({ abort }) => abort !== null);
    const locks = new Set(begun.map(({ work }) => work.lock));
    for (const task of files === null ? [] : this.#tasks) {
      if (task.state !== "queued") continue;
      const { small: isSmall, lock } = task.work;
      if (isSmall ? small >= SMALL_AT_ONCE : large >= LARGE_AT_ONCE) continue;
      if (lock !== "" && (locks.has(lock) || this.#locks.taken(lock))) continue;
      if (isSmall) small++;
      else large++;
      locks.add(lock);
      if (files !== null) this.#start(task, files);
    }
    this.#tick();
    this.#changes.now();
  }

  #start(task: Task, files: Files): void {
    const abort = new AbortController();
    task.abort = abort;
    task.state = "running";
    task.note = "";
    task.verified = false;
    task.meter.restart(task.bytes, performance.now());
    task.touch();
    const before = task.over;
    task.over = before.then(() => this.#run(task, files, abort));
  }

  async #run(task: Task, files: Files, abort: AbortController): Promise<void> {
    try {
      abort.signal.throwIfAborted();
      const outcome = await task.work.run(this.#env(task, files, abort.signal));
      if (task.abort === abort) this.#done(task, outcome);
    } catch (thrown) {
      if (task.abort === abort) this.#failed(task, files, toFailure(thrown));
    } finally {
      if (task.abort === abort) task.abort = null;
      if (!isOver(task.state)) this.#recorder.save(task);
      task.touch();
      this.#next();
    }
  }

  #done(task: Task, { verified, note, sha256, skipped }: Outcome): void {
    task.state = "done";
    task.verified = verified;
    task.note = note;
    if (skipped === true) task.total = task.bytes;
    else
      task.total = task.work.kind === "tree" ? task.total : Math.max(task.bytes, task.total ?? 0);
    this.#recorder.forget(task);
    if (skipped !== true) this.#report(task, "done", sha256);
  }

  #failed(task: Task, files: Files, failure: BridgeFailure): void {
    task.abort = null;
    task.withdraw();
    if (isGone(failure.code) && task.tries++ < MOST_TRIES) {
      // The connection will say so itself; where it does not, only this stream broke.
      task.state = "waiting";
      setTimeout(() => {
        if (task.state !== "waiting" || this.#files !== files) return;
        task.state = "queued";
        this.#next();
      }, AGAIN_MS);
      return;
    }
    const isCancelled = failure.code === "cancelled";
    task.state = isCancelled ? "cancelled" : "failed";
    task.note = isCancelled ? "It was cancelled in the browser." : failure.message;
    if (isCancelled) this.#recorder.forget(task);
    this.#report(task, isCancelled ? "cancelled" : "failed", "");
  }

  #report(task: Task, result: TransferEvent["result"], sha256: string): void {
    const { bytes } = task;
    const { direction, path, kind } = task.work;
    const files = kind === "tree" ? task.files : 1;
    this.#options.report?.({ direction, bytes, files, result, path, sha256 });
  }

  #env(task: Task, files: Files, signal: AbortSignal): Env {
    const { disk, limits = NO_LIMITS } = this.#options;
    return taskEnv(task, {
      ...{ files, disk, limits, signal, locks: this.#locks, small: this.#small },
      lineRate: () => this.#lineRate,
      changed: () => {
        this.#changes.later();
      },
      moved: () => {
        if (task.recorded === "") this.#recorder.save(task);
      },
      asks: () => {
        this.#next();
      },
    });
  }

  /** While something runs: rates fall when nothing comes, and records are kept up. */
  #tick(): void {
    const runs = this.#tasks.some(({ moving }) => moving);
    if (runs === (this.#ticker !== undefined)) return;
    clearInterval(this.#ticker);
    this.#ticker = runs
      ? setInterval(() => {
          const now = performance.now();
          const running = this.#tasks.filter(({ moving }) => moving);
          for (const task of running) this.#recorder.save(task);
          const plain = running.filter(({ packed }) => !packed);
          const rate = plain.reduce((sum, task) => sum + (task.meter.rate(now) ?? 0), 0);
          if (rate > 0) this.#lineRate = rate;
          this.#changes.later();
        }, TICK_MS)
      : undefined;
  }

  /** Lists what a reload interrupted. */
  async #restore(): Promise<void> {
    for (const record of await this.#recorder.interrupted()) {
      this.#tasks = [interruptedTask(record), ...this.#tasks];
    }
    this.#changes.now();
  }

  /** Goes on with what a reload interrupted. */
  async #takeUp(task: Task, make: () => Promise<Work>): Promise<void> {
    await this.#taking(task, async () => {
      task.work = await make();
      this.#enqueue(task);
      this.#recorder.save(task);
    });
  }

  /** Removes what it left on both sides; the row goes too, unless something stays. */
  async #abandon(task: Task): Promise<void> {
    const { id } = task;
    const what = this.#recorder.memory(id);
    const stays = await dropRemembered(what, await this.#recorder.pieces(id), this.#files);
    this.#recorder.forget(task);
    task.state = "cancelled";
    task.lasting = null;
    if (stays === "") this.#tasks = this.#tasks.filter((each) => each !== task);
    this.#note(task, stays);
  }

  /** For this queue alone: two tabs may list what was interrupted. */
  async #taking(task: Task, work: () => Promise<void>): Promise<void> {
    if (task.taking) return;
    task.taking = true;
    try {
      await this.#recorder.claim(task.id);
      await work();
    } catch (thrown) {
      this.#recorder.unclaim(task.id);
      if (thrown instanceof EndedElsewhere) {
        task.state = "cancelled";
        task.lasting = null;
      }
      this.#note(task, toFailure(thrown).message);
      throw thrown;
    } finally {
      task.taking = false;
    }
  }

  #note(task: Task, note: string): void {
    task.note = note;
    task.touch();
    this.#changes.now();
  }
}
