import type { ForwardTotals } from "../bridge/client.ts";
import type { Configuration } from "../platform/types.ts";
import type { Explanation } from "../platform/sentences.ts";
import type { RequestLog } from "./request-log.ts";
import type { Target } from "./target.ts";

/** How a forward reaches the device. */
export type Way =
  { readonly kind: "ssh" } | { readonly kind: "direct"; readonly configuration: Configuration };

/** waiting = its SSH connection is gone; it comes back with the next one. */
export type ForwardPhase = "opening" | "open" | "waiting" | "failed" | "closed";

/** A certificate that is not the one that was trusted. */
export interface ChangedCertificate {
  /** Under which name the old one is kept. */
  readonly name: string;
  readonly known: readonly string[];
  readonly offered: string;
}

/** What the panel shows of a forward. */
export interface ForwardView {
  readonly target: Target;
  readonly phase: ForwardPhase;
  readonly way: Way | null;
  /** Its bytes are readable by gateway and platform. */
  readonly plain: boolean;
  readonly origin: string;
  /** Why it failed, or what its last requests failed with. */
  readonly trouble: Explanation | null;
  readonly changed: ChangedCertificate | null;
  readonly totals: ForwardTotals | null;
  readonly log: RequestLog;
}
