/** What the last requests of a forward tell about it. */

import { explain, type Explanation } from "../platform/sentences.ts";
import type { ForwardLogEntry } from "./bridge.ts";
import type { ChangedCertificate } from "./forward-state.ts";

/** Codes that say something about the target as a whole, not about one request. */
const TELLING = new Set([
  "forward_refused",
  "forward_forbidden",
  "forward_silent",
  "forward_garbage",
  "certificate_denied",
  "certificate_change",
]);

/** Codes of a device that let no bytes through: the gateway's log gets them. */
const REFUSING = new Set(["forward_refused", "forward_forbidden"]);

/** What is known of a forward's trouble. */
export interface Trouble {
  readonly trouble: Explanation | null;
  readonly changed: ChangedCertificate | null;
  /** The SSH server lets no forward through. */
  readonly forbidden: boolean;
}

/** Goes through a batch: an answer ends the trouble, a telling failure begins it. */
export function troubleOf(
  entries: readonly ForwardLogEntry[],
  before: Trouble,
): Trouble & { readonly refused: string } {
  let { trouble, changed, forbidden } = before;
  let refused = "";
  for (const entry of entries) {
    if (entry.status > 0) {
      [trouble, changed, forbidden, refused] = [null, null, false, ""];
    } else if (TELLING.has(entry.code)) {
      trouble = explain(entry.code, entry.error);
      changed = entry.code === "certificate_change" ? changedOf(entry.detail) : null;
      forbidden = entry.code === "forward_forbidden";
      refused = REFUSING.has(entry.code) ? entry.code : "";
    }
  }
  return { trouble, changed, forbidden, refused };
}

function changedOf(detail: Readonly<Record<string, unknown>> | undefined): ChangedCertificate {
  const { name, known, offered } = detail ?? {};
  const list = Array.isArray(known) ? (known as unknown[]) : [known];
  return {
    name: typeof name === "string" ? name : "",
    known: list.filter((print): print is string => typeof print === "string" && print !== ""),
    offered: typeof offered === "string" ? offered : "",
  };
}
