/** Which failures mean that the connection is gone, and a transfer may go on with the next. */

const GONE = new Set([
  "closed",
  "lost",
  "idle",
  "max_duration",
  "login_ended",
  "tenant_lost",
  "gateway_stopping",
  "keepalive_timeout",
  "unreachable",
]);

export function isGone(code: string): boolean {
  return GONE.has(code);
}
