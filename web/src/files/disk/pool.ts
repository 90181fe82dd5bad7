/** Runs several tasks at once, and no more. */

export class Pool {
  readonly #size: number;
  readonly #running = new Set<Promise<void>>();
  #failure: { error: unknown } | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  /** Resolves when the task has begun; rejects with what an earlier one failed with. */
  async run(task: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#size) {
      await Promise.race(this.#running);
    }
    this.#check();
    const running = task().catch((error: unknown) => {
      this.#failure ??= { error };
    });
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  async drained(): Promise<void> {
    while (this.#running.size > 0) {
      await Promise.all(this.#running);
    }
    this.#check();
  }

  #check(): void {
    if (this.#failure !== undefined) {
      throw this.#failure.error;
    }
  }
}
