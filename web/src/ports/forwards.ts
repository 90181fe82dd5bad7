import type { ForwardEnvironment } from "./forward-environment.ts";
import { OpenForward } from "./open-forward.ts";
import type { Remembered } from "./session.ts";
import { targetKey, type Target } from "./target.ts";

/** How often bytes and requests are looked up while they are shown. */
const FIGURES_MS = 1_000;

/** The forwards of one device: one for each target, shared by all its tabs. */
export class Forwards {
  readonly #env: ForwardEnvironment;
  readonly #remember: (forwards: Remembered[]) => void;
  #forwards = new Map<string, OpenForward>();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** remember is called with what should be opened again after a reload of the page. */
  constructor(env: ForwardEnvironment, remember: (forwards: Remembered[]) => void) {
    this.#env = env;
    this.#remember = remember;
  }

  /** In the order they were opened. */
  get list(): OpenForward[] {
    return [...this.#forwards.values()];
  }

  /** The forward of a target, if there is one. */
  of(target: Target): OpenForward | undefined {
    return this.#forwards.get(targetKey(target));
  }

  /** The forward under an id of the gateway. */
  byId(id: string): OpenForward | undefined {
    return this.list.find((forward) => forward.id === id && id !== "");
  }

  /** Opens a target, or joins the one that is open; rejects with the reason. */
  async open(target: Target): Promise<OpenForward> {
    const forward = this.#entry(target);
    await forward.open();
    this.#save(); // the way is known now
    return forward;
  }

  /** Puts forwards of before a reload on the list, to be opened with the next connection. */
  restore(forwards: readonly Remembered[]): void {
    for (const { target } of forwards) {
      const forward = this.#entry(target);
      if (forward.phase === "closed") forward.phase = "waiting";
    }
    this.#env.changed();
  }

  /** Opens what waits and may: there is a connection again, or none is needed. */
  resume(may: (target: Target) => boolean = () => true): void {
    for (const forward of this.list) {
      if (forward.phase === "waiting" && may(forward.target))
        void forward.open().catch(() => undefined); // it shows why
    }
  }

  /** Closes one and takes it off the list. */
  async close(forward: OpenForward): Promise<void> {
    this.#forwards.delete(targetKey(forward.target));
    this.#save();
    this.#env.changed();
    await forward.close();
  }

  /** Ends all of them: the device is left. */
  closeAll(): void {
    clearInterval(this.#timer);
    for (const forward of this.list) void forward.close();
    this.#forwards = new Map();
  }

  /** The page goes away. */
  abandon(): void {
    for (const forward of this.list) forward.abandon();
  }

  /** Keeps the figures fresh while visible() says that someone looks. */
  watch(visible: () => boolean): void {
    clearInterval(this.#timer);
    let round = 0;
    this.#timer = setInterval(() => {
      // Now and then in any case: the last figures are reported when the page goes away.
      if (visible() || round++ % 10 === 0) void this.#figures();
    }, FIGURES_MS);
  }

  async #figures(): Promise<void> {
    const open = this.list.filter(({ phase }) => phase === "open");
    if (open.length === 0) return;
    await Promise.all(open.map((forward) => forward.refresh().catch(() => undefined)));
    this.#env.changed();
  }

  #entry(target: Target): OpenForward {
    const key = targetKey(target);
    let forward = this.#forwards.get(key);
    if (forward === undefined) {
      forward = new OpenForward(target, this.#env);
      this.#forwards.set(key, forward);
      this.#save();
    }
    return forward;
  }

  #save(): void {
    this.#remember(
      this.list.map(({ target, way }) => ({ target, direct: way?.kind === "direct" })),
    );
  }
}
