/** The device's own addresses: what leads to the target of a forward, however it is written. */

/** Names of one machine for itself; which of them a page uses says nothing (RFC 6761 §6.3). */
const loopback: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** A host as URLs write it: lower case, IPv6 in brackets. */
function urlHost(host: string): string {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return bare.includes(":") ? `[${bare}]` : bare;
}

/**
 * The origins under which pages of a target name themselves, lower case, the given one
 * first; none when scheme, host and port make no URL.
 */
export function ownOrigins(scheme: "http" | "https", host: string, port: number): string[] {
  const own = urlHost(host);
  const hosts = loopback.includes(own) ? [own, ...loopback.filter((name) => name !== own)] : [own];
  return hosts.flatMap((name) => {
    try {
      return [new URL(`${scheme}://${name}:${String(port)}`).origin];
    } catch {
      return [];
    }
  });
}

/** Websockets live on the origin of the page's scheme. */
function httpScheme(protocol: string): string {
  if (protocol === "ws:") return "http:";
  return protocol === "wss:" ? "https:" : protocol;
}

/** http(s) origin of a URL (also ws, wss), or "" where it has none. */
export function httpOrigin(url: URL): string {
  const protocol = httpScheme(url.protocol);
  return protocol === "http:" || protocol === "https:" ? `${protocol}//${url.host}` : "";
}

/** Whether the URL names this computer itself, or may. */
export function isLoopback(url: URL): boolean {
  const host = url.hostname;
  return (
    host === "[::1]" ||
    host.startsWith("127.") ||
    host === "localhost" ||
    host.endsWith(".localhost")
  );
}

/**
 * The path (with query and fragment) on the forward's origin that a URL of the device
 * itself stands for; null when the URL leads elsewhere.
 */
export function ownPath(url: URL, origin: string, targets: readonly string[]): string | null {
  const named = httpOrigin(url);
  const own = named !== "" && (named === httpOrigin(new URL(origin)) || targets.includes(named));
  return own ? url.pathname + url.search + url.hash : null;
}
