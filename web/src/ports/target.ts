/**
 * The one host and port of a device that a forward reaches, and how people write it:
 * "1880", "localhost:1880", "[::1]:8080", or a whole address out of another tab.
 */

/** As seen from the device. An IPv6 host has no brackets here. */
export interface Target {
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
}

/** A page of a target. */
export interface Place {
  readonly target: Target;
  /** Path, query and fragment as a browser encodes them; begins with "/". */
  readonly path: string;
}

/** The longest address that is read. */
const MAX_ADDRESS = 4096;

const LOOPBACK =
  /^(?:localhost|ip6-localhost|ip6-loopback|127(?:\.\d{1,3}){3}|::1|::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4})$/;

/**
 * Loopback names are one: the same page must not get two origins and two cookie jars. As
 * CanonicalHost of ssh/wire/host.go, for hosts that went through URL.
 */
export function canonicalHost(host: string): string {
  const lower = host.toLowerCase().replace(/\.$/, "");
  return LOOPBACK.test(lower) ? "localhost" : lower;
}

/** "localhost:1880", with brackets around an IPv6 address. */
export function hostPort({ host, port }: Pick<Target, "host" | "port">): string {
  return `${host.includes(":") ? `[${host}]` : host}:${String(port)}`;
}

/** "localhost:1880", and "https://" in front where it is not http: for the eye. */
export function shownAddress(target: Target): string {
  return (target.scheme === "https" ? "https://" : "") + hostPort(target);
}

/** "http://localhost:1880": names a target to the person, and in the profile. */
export function targetName(target: Target): string {
  return `${target.scheme}://${hostPort(target)}`;
}

/** The name by which targets are compared. */
export function targetKey(target: Target): string {
  return targetName({ ...target, host: canonicalHost(target.host) });
}

/** Whether two targets are one. */
export function sameTarget(one: Target, other: Target): boolean {
  return targetKey(one) === targetKey(other);
}

/**
 * Reads what a person typed or pasted. scheme counts where the text names none. The
 * answer is a sentence when the text is no page of a device.
 */
export function readAddress(typed: string, scheme: Target["scheme"]): Place | string {
  const text = typed.trim();
  if (text === "") return "Type host and port, such as localhost:1880.";
  if (text.length > MAX_ADDRESS) return "That address is too long.";
  if (/\p{Cc}|\s/u.test(text)) return "An address has no spaces and no line breaks.";
  const named = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (named !== undefined && named !== "http" && named !== "https") {
    return `Only http and https pages can be opened, not ${named}.`;
  }
  if (named !== undefined) return readURL(text);
  if (/^\d{1,5}(?=$|[/?#])/.test(text)) return readURL(`${scheme}://localhost:${text}`);
  return /^(?:\[[^\]]*\]|[^/?#:]+):\d+(?:$|[/?#])/.test(text)
    ? readURL(`${scheme}://${text}`)
    : "Type host and port, such as localhost:1880 or [::1]:8080.";
}

function readURL(text: string): Place | string {
  if (!URL.canParse(text)) return "That is no host and port of a page.";
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    return "Leave user and password out of the address; you are asked when the page wants them.";
  }
  const scheme = url.protocol === "https:" ? "https" : "http";
  const port = url.port === "" ? (scheme === "https" ? 443 : 80) : Number(url.port);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (port === 0) return "A port is a number from 1 to 65535.";
  if (!isHost(host)) return "That is no host and port of a page.";
  return { target: { scheme, host, port }, path: `${url.pathname}${url.search}${url.hash}` };
}

/** Letters, digits and what names and addresses have besides; RFC 1035 §2.3.4 bounds the length. */
function isHost(host: string): boolean {
  return host.length > 0 && host.length <= 253 && /^[a-z0-9._:-]+$/.test(host);
}
