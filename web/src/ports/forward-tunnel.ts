import type { ForwardTotals } from "../bridge/client.ts";
import { codeOf } from "../platform/failure.ts";
import type { ConnectionEvent } from "../platform/types.ts";
import type { CloseInfo, Forward, ForwardLogEntry } from "./bridge.ts";
import { BridgeHost } from "./bridge-host.ts";
import { PortsFailure } from "./failure.ts";
import type { Challenge, ForwardEnvironment } from "./forward-environment.ts";
import type { Way } from "./forward-state.ts";
import { hostPort, type Target } from "./target.ts";
import { isPlain } from "./ways.ts";

/** How long "Clear this page's data" waits for the frame. */
export const CLEAR_LIMIT_MS = 10_000;

/**
 * What a forward consists of while it is open, gone as a whole: the forward in the worker,
 * the frame that hands out its ports, the question for its password, its lines in the
 * gateway's log.
 */
export class ForwardTunnel {
  /** New for each; nobody can guess it. */
  readonly epoch = crypto.randomUUID();
  readonly forward: Forward;
  readonly way: Way;
  readonly #target: Target;
  readonly #env: ForwardEnvironment;
  readonly #reference: string;
  readonly #abort = new AbortController();
  #host: BridgeHost | null = null;
  #outdated: (failure: PortsFailure) => void = () => undefined;
  /** The gateway was told of it. */
  #told = false;
  /** The person is being asked for the password; other pages wait for the same answer. */
  #asking = false;

  constructor(target: Target, way: Way, forward: Forward, env: ForwardEnvironment) {
    this.#target = target;
    this.way = way;
    this.forward = forward;
    this.#env = env;
    this.#reference = env.reference(way);
  }

  /** Tells of requests until it is dropped, of the end, and that the gateway has a newer build. */
  listen(
    requests: (entries: ForwardLogEntry[]) => void,
    ended: (info: CloseInfo) => void,
    outdated: (failure: PortsFailure) => void,
  ): void {
    const { forward } = this;
    this.#outdated = outdated;
    const ends = [
      forward.onLog(requests),
      forward.onChallenge((challenge) => void this.#challenged(challenge)),
    ];
    this.#abort.signal.addEventListener("abort", () => {
      for (const end of ends) end();
    });
    void forward.closed.then(ended);
  }

  /** Makes sure that the frame in this page hands out ports. */
  async frame(origin: string): Promise<BridgeHost> {
    this.#host ??= new BridgeHost(
      origin,
      this.epoch,
      this.forward,
      this.#env.window,
      this.#outdated,
    );
    await this.#host.ready;
    return this.#host;
  }

  /** Removes what the page keeps in this browser; throws where it cannot. */
  async clear(origin: string): Promise<void> {
    await this.forward.clear();
    const host = await this.#storingFrame(origin);
    if (host === null) return;
    if (!(await host.clear(CLEAR_LIMIT_MS))) {
      throw new PortsFailure(
        "not_cleared",
        "The browser did not remove all data of this page. Remove it in the browser's settings.",
      );
    }
  }

  /** Removes the frame and takes the question back; the forward itself is still to be closed. */
  drop(): void {
    this.#abort.abort();
    this.#host?.close();
  }

  /** The gateway's log gets that it is open; once. */
  opened(): void {
    if (this.#told) return;
    this.#told = true;
    this.#report({ type: "forward_opened" });
  }

  /** The gateway's log gets its end, where it has its beginning. */
  closed(totals: ForwardTotals | null): void {
    if (!this.#told) return;
    this.#told = false;
    const { bytesIn = 0, bytesOut = 0, requests = 0 } = totals ?? {};
    this.#report({ type: "forward_closed", bytesIn, bytesOut, requests });
  }

  /** The gateway's log gets why the device let nothing through. */
  refused(code: string): void {
    this.#report({ type: "forward_refused", refused: code });
  }

  /**
   * The frame, or null where pages have a second site and the browser lets frames of another
   * site store nothing: then there is nothing in it to remove.
   */
  async #storingFrame(origin: string): Promise<BridgeHost | null> {
    try {
      return await this.frame(origin);
    } catch (error) {
      if (!this.#env.ownFrame && codeOf(error) === "bridge_failed") return null;
      throw error;
    }
  }

  async #challenged(challenge: Challenge): Promise<void> {
    const { forward } = this;
    const { signal } = this.#abort;
    if (this.#asking) return;
    this.#asking = true;
    const given = await this.#env.askCredential(this.#target, challenge, signal);
    this.#asking = false;
    if (signal.aborted) return;
    await (
      given === null
        ? forward.refuseCredential()
        : forward.setCredential(given.user, given.password)
    ).catch(() => undefined); // the forward ended meanwhile; its pages know
  }

  #report(what: Pick<ConnectionEvent, "type"> & Partial<ConnectionEvent>): void {
    this.#env.report(this.#reference, {
      ...what,
      ...{ destination: hostPort(this.#target), scheme: this.#target.scheme },
      ...(isPlain(this.#target, this.way) ? { plain: true } : {}),
      at: new Date().toISOString(),
    });
  }
}
