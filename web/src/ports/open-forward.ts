import type { ForwardTotals } from "../bridge/client.ts";
import { codeOf } from "../platform/failure.ts";
import { explain, type Explanation } from "../platform/sentences.ts";
import type { CloseInfo, Forward, ForwardLogEntry } from "./bridge.ts";
import { PortsFailure, explanationOf } from "./failure.ts";
import type { ForwardEnvironment } from "./forward-environment.ts";
import type { ChangedCertificate, ForwardPhase, ForwardView, Way } from "./forward-state.ts";
import { ForwardTunnel } from "./forward-tunnel.ts";
import { RequestLog } from "./request-log.ts";
import type { Target } from "./target.ts";
import { troubleOf } from "./trouble.ts";
import { isPlain } from "./ways.ts";

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
  #tunnel: ForwardTunnel | null = null;

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
    await this.#alive().frame(this.origin);
  }

  /** Removes cookies, credential, caches and storage of the page; throws where it cannot. */
  async clear(): Promise<void> {
    await this.#alive().clear(this.origin);
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
    tunnel.closed(this.totals);
    await tunnel.forward.close().catch(() => undefined); // it may have ended already
  }

  /** The page goes away: what is known is reported, nothing is waited for. */
  abandon(): void {
    this.#tunnel?.closed(this.totals);
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
      if (way.kind === "ssh") tunnel.opened();
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  async #dig(way: Way): Promise<ForwardTunnel> {
    const { tenant, deviceId } = this.#env;
    const config = { ...this.target, tenant, deviceId, origin: this.origin, headLimitMs: 0 };
    const forward = await this.#env.start(way, config, {
      askCertificate: (question) => this.#env.askCertificate(this.target, question),
    });
    if (this.phase !== "opening") {
      void forward.close().catch(() => undefined);
      throw new PortsFailure("closed", "The forward was closed.");
    }
    const tunnel = new ForwardTunnel(this.target, way, forward, this.#env);
    this.#tunnel = tunnel;
    tunnel.listen(
      (entries) => {
        this.log.add(entries);
        tunnel.opened();
        this.#judge(tunnel, entries);
      },
      (info) => {
        this.#ended(tunnel, info);
      },
      (failure) => {
        if (this.#tunnel !== tunnel) return;
        tunnel.closed(this.totals);
        this.#fail(failure);
      },
    );
    return tunnel;
  }

  #judge(tunnel: ForwardTunnel, entries: readonly ForwardLogEntry[]): void {
    const before = this.trouble;
    const { trouble, changed, forbidden, refused } = troubleOf(entries, this);
    this.trouble = trouble;
    this.forbidden = forbidden;
    this.changed = changed;
    if (refused !== "" && before?.what !== trouble?.what) tunnel.refused(refused);
    this.#env.changed();
  }

  /** The forward ended without being asked to. */
  #ended(tunnel: ForwardTunnel, { code, message }: CloseInfo): void {
    if (this.#tunnel !== tunnel) return;
    tunnel.closed(this.totals);
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

  #drop(tunnel: ForwardTunnel): void {
    tunnel.drop();
    if (this.#tunnel === tunnel) this.#tunnel = null;
  }

  #alive(): ForwardTunnel {
    if (this.#tunnel === null) throw new PortsFailure("closed", "The forward is not open.");
    return this.#tunnel;
  }

  #enter(phase: ForwardPhase): void {
    this.phase = phase;
    this.#env.changed();
  }
}
