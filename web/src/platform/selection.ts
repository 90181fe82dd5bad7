import type { Configuration } from "./types.ts";

/** Whether the page can connect to a configuration: it carries raw bytes. */
export function isPassthrough(configuration: Configuration): boolean {
  return configuration.protocol.toUpperCase() === "PASSTHROUGH";
}

/**
 * The configuration that is chosen when the person has not: the rule of go-c8y-cli, so
 * that both tools reach the same port. Among PASSTHROUGH ones: the only one; else the
 * first with port 22; else the first whose name contains "ssh"; else the first.
 */
export function defaultConfiguration(
  configurations: readonly Configuration[],
): Configuration | undefined {
  const usable = configurations.filter(isPassthrough);
  return (
    usable.find((configuration) => configuration.port === 22) ??
    usable.find((configuration) => configuration.name.toLowerCase().includes("ssh")) ??
    usable[0]
  );
}
