import type { ForwardTotals } from "../bridge/client.ts";
import type { ConnectionEvent, ForwardOrigin } from "../platform/types.ts";
import { codeOf } from "../platform/failure.ts";
import { explain, type Explanation } from "../platform/sentences.ts";
import type {
  CertificateQuestion,
  CloseInfo,
  Forward,
  ForwardConfig,
  ForwardHooks,
} from "./bridge.ts";
import { BridgeHost, type HostWindow } from "./bridge-host.ts";
import { PortsFailure, explanationOf } from "./failure.ts";
import type { ChangedCertificate, ForwardPhase, ForwardView, Way } from "./forward-state.ts";
import { RequestLog } from "./request-log.ts";
import { hostPort, type Target } from "./target.ts";
import { troubleOf } from "./trouble.ts";
import { isPlain } from "./ways.ts";

/** What a page of the device asks for. */
export interface Challenge {
  readonly scheme: "basic" | "digest";
  readonly realm: string;
  readonly refused: boolean;
}

/** What the person types for it. */
export interface Credential {
  readonly user: string;
  readonly password: string;
}

/** What forwards need of the device page. */
export interface ForwardEnvironment {
  readonly tenant: string;
  readonly deviceId: string;
  readonly window: HostWindow;
  /** Whether the frame of this page hands out the ports; else only a viewer tab does. */
  readonly ownFrame: boolean;
  /** Decides the way, with the person's agreement where it is needed. */
  way(target: Target): Promise<Way>;
  /** The origin under which the gateway shows the target. */
  origin(target: Target): Promise<ForwardOrigin>;
  start(way: Way, config: ForwardConfig, hooks: ForwardHooks): Promise<Forward>;
  askCertificate(target: Target, question: CertificateQuestion): Promise<boolean>;
  askCredential(
    target: Target,
    challenge: Challenge,
    signal: AbortSignal,
  ): Promise<Credential | null>;
  /** The name under which the gateway's log has what carries this way. */
  reference(way: Way): string;
  report(reference: string, event: ConnectionEvent): void;
  /** The origin is this forward's now: where origins are few, another may have had it. */
  claim(origin: string, forward: OpenForward): void;
  changed(): void;
}

/** How long "Clear this page's data" waits for the frame. */
const CLEAR_LIMIT_MS = 10_000;

/** What a tunnel of one epoch consists of; gone as a whole. */
interface Tunnel {
  readonly forward: Forward;
  readonly way: Way;
  readonly reference: string;
  readonly epoch: string;
  readonly abort: AbortController;
  host: BridgeHost | null;
  /** The gateway was told of it. */
  told: boolean;
  /** The person is being asked for the password; other pages wait for the same answer. */
  asking: boolean;
}

/**
 * One target of the device and, while it is open, the tunnel to it: the forward in the
 * worker and the frame that hands out its ports. It outlives its SSH connection: with the
 * next one it opens again under the same origin, and tabs that wait come back.
 */
export class OpenForward implements ForwardView {
  readonly target: Target;
  readonly log = new RequestLog();
  phase: ForwardPhase = "closed";
  way: Way | null = null;
  id = "";
  origin = "";
  trouble: Explanation | null = null;
  changed: ChangedCertificate | null = null;
  /** The device's SSH server forbids it. */
  forbidden = false;
  totals: ForwardTotals | null = null;
  readonly #env: ForwardEnvironment;
  #opening: Promise<void> | null = null;
  #tunnel: Tunnel | null = null;

  constructor(target: Target, env: ForwardEnvironment) {
    this.target = target;
    this.#env = env;
  }

  get plain(): boolean {
    return this.way !== null && isPlain(this.target, this.way);
  }

  /** Names the present tunnel; "" where there is none. */
  get epoch(): string {
    return this.#tunnel?.epoch ?? "";
  }

  /** Opens it unless it is open; rejects with the reason, which stays in `trouble`. */
  open(): Promise<void> {
    if (this.#tunnel !== null && this.phase === "open") return Promise.resolve();
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /** Hands a capability port to a viewer tab. */
  async connect(port: MessagePort): Promise<string> {
    const tunnel = this.#alive();
    await tunnel.forward.connect(port, tunnel.epoch);
    return tunnel.epoch;
  }

  /** Makes sure that the frame in this page hands out ports, as a page beside the terminal needs. */
  async frame(): Promise<void> {
    const tunnel = this.#alive();
    tunnel.host ??= new BridgeHost(this.origin, tunnel.epoch, tunnel.forward, this.#env.window);
    await tunnel.host.ready;
  }

  /** Removes cookies, credential, caches and storage of the page; throws where it cannot. */
  async clear(): Promise<void> {
    const tunnel = this.#alive();
    await tunnel.forward.clear();
    await this.frame();
    if ((await tunnel.host?.clear(CLEAR_LIMIT_MS)) !== true) {
      throw new PortsFailure(
        "not_cleared",
        "The browser did not remove all data of this page. Remove it in the browser's settings.",
      );
    }
  }

  /** Opens anew, as after forgetting a certificate: the old tunnel remembers what it accepted. */
  async restart(): Promise<void> {
    await this.close();
    await this.open();
  }

  /** Ends it for good. */
  async close(): Promise<void> {
    const tunnel = this.#tunnel;
    this.phase = "closed";
    if (tunnel === null) return;
    this.#drop(tunnel);
    await this.refresh(tunnel.forward).catch(() => undefined);
    this.#closed(tunnel);
    await tunnel.forward.close().catch(() => undefined); // it may have ended already
  }

  /** The page goes away: what is known is reported, nothing is waited for. */
  abandon(): void {
    if (this.#tunnel !== null) this.#closed(this.#tunnel);
  }

  /** Looks the figures up. */
  async refresh(forward: Forward | undefined = this.#tunnel?.forward): Promise<void> {
    if (forward !== undefined) this.totals = await forward.stats();
  }

  async #open(): Promise<void> {
    this.#enter("opening");
    this.trouble = null;
    this.changed = null;
    this.forbidden = false;
    try {
      const way = await this.#env.way(this.target);
      this.way = way;
      const { id, origin } = await this.#env.origin(this.target);
      this.id = id;
      this.origin = origin;
      this.#env.claim(origin, this);
      const tunnel = await this.#dig(way);
      if (this.#env.ownFrame) await this.frame();
      if (this.#tunnel !== tunnel) throw new PortsFailure("closed", "The forward was closed.");
      this.#enter("open");
      // Without SSH there is no connection yet that the gateway's log could have it under.
      if (way.kind === "ssh") this.#opened(tunnel);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  async #dig(way: Way): Promise<Tunnel> {
    const { tenant, deviceId } = this.#env;
    const config = { ...this.target, tenant, deviceId, origin: this.origin, headLimitMs: 0 };
    const forward = await this.#env.start(way, config, {
      askCertificate: (question) => this.#env.askCertificate(this.target, question),
    });
    if (this.phase !== "opening") {
      void forward.close().catch(() => undefined);
      throw new PortsFailure("closed", "The forward was closed.");
    }
    const epoch = crypto.randomUUID();
    const tunnel: Tunnel = {
      ...{ forward, way, reference: this.#env.reference(way), epoch },
      ...{ abort: new AbortController(), host: null, told: false, asking: false },
    };
    this.#tunnel = tunnel;
    this.#listen(tunnel);
    return tunnel;
  }

  #listen(tunnel: Tunnel): void {
    const { forward, abort } = tunnel;
    const ends = [
      forward.onLog((entries) => {
        this.log.add(entries);
        this.#opened(tunnel);
        this.#judge(tunnel, entries);
      }),
      forward.onChallenge((challenge) => void this.#challenged(tunnel, challenge)),
    ];
    abort.signal.addEventListener("abort", () => {
      for (const end of ends) end();
    });
    void forward.closed.then((info) => {
      this.#ended(tunnel, info);
    });
  }

  #judge(tunnel: Tunnel, entries: Parameters<RequestLog["add"]>[0]): void {
    const before = this.trouble;
    const { trouble, changed, forbidden, refused } = troubleOf(entries, this);
    this.trouble = trouble;
    this.forbidden = forbidden;
    this.changed = changed;
    if (refused !== "" && before?.what !== trouble?.what) {
      this.#report(tunnel, "forward_refused", refused);
    }
    this.#env.changed();
  }

  async #challenged(tunnel: Tunnel, challenge: Challenge): Promise<void> {
    const { forward, abort } = tunnel;
    if (tunnel.asking) return;
    tunnel.asking = true;
    const given = await this.#env.askCredential(this.target, challenge, abort.signal);
    tunnel.asking = false;
    if (abort.signal.aborted) return;
    await (
      given === null
        ? forward.refuseCredential()
        : forward.setCredential(given.user, given.password)
    ).catch(() => undefined); // the forward ended meanwhile; its pages know
  }

  /** The forward ended without being asked to. */
  #ended(tunnel: Tunnel, { code, message }: CloseInfo): void {
    if (this.#tunnel !== tunnel) return;
    this.#closed(tunnel);
    this.#drop(tunnel);
    if (tunnel.way.kind === "ssh") {
      this.#enter("waiting");
      return;
    }
    this.trouble = explain(code, message);
    this.#enter("failed");
  }

  #fail(error: unknown): void {
    const tunnel = this.#tunnel;
    if (tunnel !== null) {
      this.#drop(tunnel);
      void tunnel.forward.close().catch(() => undefined);
    }
    if (this.phase === "closed") return;
    const gone = ["not_connected", "closed"].includes(codeOf(error));
    this.trouble = gone ? null : explanationOf(error);
    this.#enter(gone ? "waiting" : "failed");
  }

  #drop(tunnel: Tunnel): void {
    tunnel.abort.abort();
    tunnel.host?.close();
    if (this.#tunnel === tunnel) this.#tunnel = null;
  }

  #alive(): Tunnel {
    if (this.#tunnel === null) throw new PortsFailure("closed", "The forward is not open.");
    return this.#tunnel;
  }

  #enter(phase: ForwardPhase): void {
    this.phase = phase;
    this.#env.changed();
  }

  #opened(tunnel: Tunnel): void {
    if (tunnel.told) return;
    tunnel.told = true;
    this.#report(tunnel, "forward_opened");
  }

  #closed(tunnel: Tunnel): void {
    if (!tunnel.told) return;
    tunnel.told = false;
    this.#report(tunnel, "forward_closed");
  }

  #report({ way, reference }: Tunnel, type: ConnectionEvent["type"], refused = ""): void {
    const { bytesIn = 0, bytesOut = 0, requests = 0 } = this.totals ?? {};
    this.#env.report(reference, {
      ...{ type, destination: hostPort(this.target), scheme: this.target.scheme },
      ...(isPlain(this.target, way) ? { plain: true } : {}),
      ...(type === "forward_closed" ? { bytesIn, bytesOut, requests } : {}),
      ...(refused === "" ? {} : { refused }),
      at: new Date().toISOString(),
    });
  }
}
