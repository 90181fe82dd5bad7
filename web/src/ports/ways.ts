/** Which way leads to a target: through SSH, or by a configuration that points straight at it. */

import { isPassthrough } from "../platform/selection.ts";
import type { Configuration, ForwardsInfo } from "../platform/types.ts";
import { PortsFailure } from "./failure.ts";
import type { Way } from "./forward-state.ts";
import { canonicalHost, hostPort, type Place, type Target } from "./target.ts";

/** The configurations that carry raw bytes to the target's port. */
export function directConfigurations(
  target: Target,
  configurations: readonly Configuration[],
): Configuration[] {
  return configurations.filter(
    (configuration) =>
      isPassthrough(configuration) &&
      configuration.port === target.port &&
      canonicalHost(bare(configuration.hostname)) === canonicalHost(target.host),
  );
}

/** A configuration whose name says that it is a page. */
export interface ReadyPage extends Place {
  readonly configuration: Configuration;
  /** Its name without "http:"; where nothing is left, host and port. */
  readonly name: string;
}

/** Configurations whose names begin with http: or https:, as pages. */
export function readyPages(configurations: readonly Configuration[]): ReadyPage[] {
  return configurations.flatMap((configuration) => {
    const parts = /^\s*(https?):\s*(?:\/\/)?(.*)$/i.exec(configuration.name);
    if (parts === null || configuration.port < 1) return [];
    const target: Target = {
      scheme: parts[1]?.toLowerCase() === "https" ? "https" : "http",
      host: bare(configuration.hostname),
      port: configuration.port,
    };
    const name = parts[2]?.trim() ?? "";
    return [{ configuration, target, path: "/", name: name === "" ? hostPort(target) : name }];
  });
}

/** What the decision depends on. */
export interface WayFacts {
  /** There is an SSH connection to the device. */
  readonly ssh: boolean;
  readonly configurations: readonly Configuration[];
  readonly policy: ForwardsInfo["plain"];
  /** The person chose this configuration, though there is SSH. */
  readonly chosen?: Configuration | undefined;
}

/** SSH first, because nobody on the way can read it. Throws PortsFailure where no way is left. */
export function wayTo(target: Target, facts: WayFacts): Way {
  if (facts.ssh && facts.chosen === undefined) return { kind: "ssh" };
  const [first] = directConfigurations(target, facts.configurations);
  const configuration = facts.chosen ?? first;
  if (configuration === undefined) {
    throw new PortsFailure(
      "not_connected",
      `Connect to the device first: no configuration points straight at ${hostPort(target)}.`,
    );
  }
  const way: Way = { kind: "direct", configuration };
  if (isPlain(target, way) && facts.policy === "deny") {
    throw new PortsFailure(
      "plain_denied",
      "This gateway allows no pages that it could read itself. Connect to the device by SSH first, or use https.",
    );
  }
  return way;
}

/** Whether gateway and platform can read the bytes: neither SSH nor TLS reaches the device. */
export function isPlain(target: Target, way: Way): boolean {
  return way.kind === "direct" && target.scheme === "http";
}

/** A configuration may write an IPv6 address in brackets. */
function bare(hostname: string): string {
  return hostname.trim().replace(/^\[(.*)\]$/, "$1");
}
