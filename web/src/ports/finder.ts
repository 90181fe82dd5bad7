/** Looks for the pages of a device: which ports listen, and which of them answer HTTP. */

import { codeOf } from "../platform/failure.ts";
import type { Explanation } from "../platform/sentences.ts";
import { explanationOf } from "./failure.ts";
import type { ListeningPort, PortsConnection, ProbeResult } from "./bridge.ts";
import type { Target } from "./target.ts";

/** How many ports are asked at once: a device is small, and a pool of 64 connections not ours alone. */
const AT_ONCE = 4;

/** A listening port, and what is known of it. */
export interface FoundPort {
  readonly listening: ListeningPort;
  /** undefined while it is being asked; null when it is not to be asked. */
  readonly probe: ProbeResult | null | undefined;
}

/** Finds ports over one connection after the other. */
export class Finder {
  ports: readonly FoundPort[] = [];
  /** It is looking. */
  busy = false;
  /** It has looked at least once, so that an empty list means something. */
  done = false;
  problem: Explanation | null = null;
  /** The SSH server lets no forward through: no port could be asked. */
  forbidden = false;
  readonly #changed: () => void;
  #abort: AbortController | null = null;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Looks anew; an earlier look is given up. What was found stays until the new list is there. */
  async look(connection: Pick<PortsConnection, "listening" | "probe">): Promise<void> {
    this.stop();
    const abort = new AbortController();
    this.#abort = abort;
    this.busy = true;
    this.problem = null;
    this.forbidden = false;
    this.#changed();
    try {
      const listening = await connection.listening();
      if (abort.signal.aborted) return;
      this.ports = listening.map((port) => ({
        listening: port,
        probe: mayAsk(port) ? undefined : null,
      }));
      this.done = true;
      this.#changed();
      await this.#askAll(connection, abort.signal);
    } catch (error) {
      if (abort.signal.aborted) return;
      this.problem = explanationOf(error);
    }
    this.busy = false;
    this.#changed();
  }

  /** Gives up looking; idempotent. */
  stop(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.busy = false;
  }

  /** Forgets what was found: another device. */
  reset(): void {
    this.stop();
    this.ports = [];
    this.done = false;
    this.problem = null;
  }

  async #askAll(connection: Pick<PortsConnection, "probe">, signal: AbortSignal): Promise<void> {
    // Those that are pages by their port first, so that they are on the list soonest.
    const waiting = this.ports
      .map(({ listening }) => listening)
      .filter(mayAsk)
      .sort((one, other) => Number(other.http === "yes") - Number(one.http === "yes"));
    const worker = async (): Promise<void> => {
      for (let port = waiting.shift(); port !== undefined; port = waiting.shift()) {
        const probe = await connection
          .probe(port.host, port.port, signal)
          .catch((error: unknown): ProbeResult => {
            if (codeOf(error) === "forward_forbidden") this.forbidden = true;
            return { kind: "closed", status: 0, title: "" };
          });
        if (signal.aborted) return;
        this.#found(port, probe);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  #found(port: ListeningPort, probe: ProbeResult): void {
    this.ports = this.ports.map((found) =>
      found.listening === port ? { listening: port, probe } : found,
    );
    this.#changed();
  }
}

/** A stray byte can do harm on some ports; those are never asked. */
function mayAsk({ http }: ListeningPort): boolean {
  return http === "yes" || http === "unknown";
}

/** The page of a found port; null when it is none. */
export function pageOf({ listening, probe }: FoundPort): Target | null {
  const { host, port } = listening;
  if (probe?.kind === "http" || probe?.kind === "https") return { scheme: probe.kind, host, port };
  return null;
}

/**
 * By these a server says that it has no page at "/": not there, not for a browser's GET, or
 * not under this host's name (RFC 9110 §15.5). Gateways, APIs and metrics answer so.
 */
const NO_PAGE: readonly number[] = [404, 405, 410, 421, 426];

/** Speaks HTTP, but has nothing to look at where a person would begin. */
export function isBare({ listening, probe }: FoundPort): boolean {
  return listening.http !== "yes" && NO_PAGE.includes(probe?.status ?? 0);
}

/** Pages before the rest; each by port. */
export function sorted(ports: readonly FoundPort[]): { pages: FoundPort[]; others: FoundPort[] } {
  const byPort = [...ports].sort((a, b) => a.listening.port - b.listening.port);
  const isPage = (found: FoundPort) =>
    (pageOf(found) !== null && !isBare(found)) || isExpected(found);
  return {
    pages: byPort.filter(isPage),
    others: byPort.filter((found) => !isPage(found)),
  };
}

/** Most likely a page, though it was not asked yet. */
function isExpected({ listening, probe }: FoundPort): boolean {
  return probe === undefined && listening.http === "yes";
}
