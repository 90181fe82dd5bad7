/** What the forward's origin learns of a failure of the Go program. */

import type { TunnelErrorCode } from "../forward/protocol.ts";
import { CODE_CANCELLED, CODE_CLOSED, CODE_INTERNAL } from "./failure.ts";
import type { BridgeFailure } from "./failure.ts";

/** Codes of ssh/wire/error.go; every other one says why the connection is gone. */
const codes: Readonly<Record<string, TunnelErrorCode>> = {
  forward_refused: "refused",
  forward_forbidden: "forbidden",
  forward_silent: "silent",
  forward_garbage: "garbage",
  forward_broken: "broken",
  certificate_denied: "certificate",
  certificate_change: "certificate",
  device_refused: "refused",
  device_timeout: "silent",
  unreachable: "broken",
  refused: "broken",
  [CODE_CANCELLED]: "aborted",
  [CODE_INTERNAL]: "internal",
  invalid: "internal",
};

/** What it tells the page. */
export function tunnelCode(failure: BridgeFailure): TunnelErrorCode {
  return codes[failure.code] ?? CODE_CLOSED;
}
