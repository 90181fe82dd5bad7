import {
  loadBridge,
  toFailure,
  type Bridge,
  type CloseInfo,
  type ConnectState,
  type Connection,
  type ConnectionInfo,
  type ConnectionStats,
  type Session,
} from "../bridge/client.ts";
import { refusal, currentLogin, socketUrl } from "../platform/client.ts";
import type { Configuration } from "../platform/types.ts";
import {
  broken,
  disconnected,
  exited,
  failed,
  thrown,
  withOldAllowed,
  type Ending,
} from "./ending.ts";
import type { AskingHooks } from "./questions.ts";

/** How often round-trip time and bytes are looked up while the page is visible. */
const STATS_INTERVAL_MS = 1_000;

/** How long a broken session waits for the connection to say why. */
const REASON_WAIT_MS = 1_500;

/** A connection that is up, and its name in the gateway's log. */
export interface LiveConnection {
  readonly connection: Connection;
  readonly reference: string;
}

/** Where to and as whom. */
export interface Target {
  readonly tenant: string;
  readonly deviceId: string;
  readonly configuration: Configuration;
  readonly user: string;
  readonly credential: "password" | "key";
  readonly allowOldAlgorithms: boolean;
}

/** idle → the four of ConnectState → ended. */
export type Phase = "idle" | ConnectState | "ended";

/** What a connection needs of the element it belongs to. */
export interface ConnectionOwner {
  /** Something that is shown changed. */
  changed(): void;
  /** Text of the SSH server before the login. */
  banner(text: string): void;
  /** Connected: show it. Called once for each connection. */
  attach(session: Session): void;
  /** Size of the terminal in characters. */
  size(): Promise<{ cols: number; rows: number }>;
}

/** One connection to a device after the other, and what is known of the present one. */
export class DeviceConnection {
  phase: Phase = "idle";
  ending: Ending | null = null;
  info: ConnectionInfo | null = null;
  stats: ConnectionStats | null = null;
  /** The connection while it is up, for more than its shell. */
  live: LiveConnection | null = null;
  readonly #owner: ConnectionOwner;
  readonly #load: () => Promise<Bridge>;
  #abort: AbortController | null = null;
  #connection: Connection | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(owner: ConnectionOwner, load: () => Promise<Bridge> = loadBridge) {
    this.#owner = owner;
    this.#load = load;
  }

  /** From Connect until the end, whatever its reason. */
  get open(): boolean {
    return this.phase !== "idle" && this.phase !== "ended";
  }

  /** Opens a connection and resolves when it has ended; never rejects. */
  async run(target: Target, hooks: AskingHooks): Promise<void> {
    if (this.open) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.info = null;
    this.stats = null;
    this.ending = null;
    this.#enter("waiting");
    let ending: Ending;
    try {
      ending = await this.#live(target, hooks, abort.signal);
    } catch (error) {
      ending = abort.signal.aborted ? failed("cancelled", "") : await this.#reason(target, error);
    } finally {
      this.#stopStats();
      this.live = null;
      void this.#drop(); // what is broken already may take its time to close
      this.#abort = null;
    }
    this.ending = target.allowOldAlgorithms ? withOldAllowed(ending) : ending;
    this.#enter("ended");
  }

  /** Cancel or Disconnect, whichever it is by now. */
  close(): void {
    this.#abort?.abort();
    void this.#drop();
  }

  async #live(target: Target, hooks: AskingHooks, signal: AbortSignal): Promise<Ending> {
    const bridge = await this.#load();
    signal.throwIfAborted();
    const reference = crypto.randomUUID();
    const connection = await bridge.open(
      this.#config(target, reference),
      {
        ...hooks,
        onState: (state) => {
          if (!signal.aborted && state !== "connected") this.#enter(state);
        },
        onBanner: (text) => {
          this.#owner.banner(text);
        },
      },
      signal,
    );
    this.#connection = connection;
    this.info = connection.info;
    const session = await this.#shell(connection, signal);
    this.live = { connection, reference };
    this.#enter("connected");
    this.#owner.attach(session);
    this.#startStats(connection);
    const end = await session.closed;
    if (signal.aborted) return disconnected();
    if (end.error === undefined) return exited(end);
    return broken(end.error, await this.#closeReason(connection));
  }

  async #shell(connection: Connection, signal: AbortSignal): Promise<Session> {
    const { cols, rows } = await this.#owner.size();
    signal.throwIfAborted();
    return connection.shell({
      term: "xterm-256color",
      cols,
      rows,
      env: { COLORTERM: "truecolor" },
    });
  }

  #config(target: Target, reference: string) {
    const { configuration, ...rest } = target;
    return {
      ...rest,
      url: socketUrl(location.href, target.deviceId, configuration.id, { reference }),
      host: configuration.hostname,
      port: configuration.port,
    };
  }

  async #closeReason(connection: Connection): Promise<CloseInfo | null> {
    const late = new Promise<null>((resolve) => {
      setTimeout(resolve, REASON_WAIT_MS, null);
    });
    return Promise.race([connection.closed, late]);
  }

  /** A browser hides why a websocket was refused; the gateway remembers it for a minute. */
  async #reason(target: Target, error: unknown): Promise<Ending> {
    const failure = toFailure(error);
    if (failure.code !== "refused" && failure.code !== "unreachable") return thrown(failure);
    try {
      const why = await refusal(target.deviceId, target.configuration.id);
      if (why !== null) return failed(why.code, why.message);
      if ((await currentLogin()) === null) return failed("not_signed_in", "");
      return thrown(failure);
    } catch (second) {
      return thrown(second);
    }
  }

  #startStats(connection: Connection): void {
    const look = async () => {
      if (document.visibilityState === "hidden") return;
      try {
        this.stats = await connection.stats();
      } catch {
        return; // it is closing; the end says why
      }
      this.#owner.changed();
    };
    void look();
    this.#timer = setInterval(() => {
      void look();
    }, STATS_INTERVAL_MS);
  }

  #stopStats(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #drop(): Promise<void> {
    const connection = this.#connection;
    this.#connection = null;
    try {
      await connection?.close();
    } catch {
      // closed already
    }
  }

  #enter(phase: Phase): void {
    this.phase = phase;
    this.#owner.changed();
  }
}
