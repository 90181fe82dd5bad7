import type { CloseInfo, SessionEnd } from "../bridge/client.ts";
import { codeOf } from "../platform/failure.ts";
import { explain, type Explanation } from "../platform/sentences.ts";

/** What the person can do about an ending besides connecting again. */
export type Remedy = "sign-in" | "forget-key" | "old-algorithms" | "none";

/** How and why a connection ended. */
export interface Ending extends Explanation {
  readonly code: string;
  /** Nothing went wrong: the program ended, or the person ended it. */
  readonly calm: boolean;
  readonly remedy: Remedy;
  /** Facts beside some codes, such as the fingerprints of host_key_changed. */
  readonly detail: Readonly<Record<string, unknown>>;
}

const NO_DETAIL: Readonly<Record<string, unknown>> = {};

/** The ending of something that failed with a code. */
export function failed(
  code: string,
  message: string,
  detail: Readonly<Record<string, unknown>> = NO_DETAIL,
): Ending {
  const calm = ["cancelled", "closed", "host_key_rejected"].includes(code);
  return { ...explain(code, message), code, calm, remedy: remedyOf(code), detail };
}

/** The ending of whatever was thrown. */
export function thrown(error: unknown): Ending {
  const message = error instanceof Error ? error.message : String(error);
  const detail =
    typeof error === "object" && error !== null && "detail" in error ? error.detail : undefined;
  return failed(
    codeOf(error),
    message,
    typeof detail === "object" && detail !== null ? { ...detail } : NO_DETAIL,
  );
}

/** The person pressed Disconnect. */
export function disconnected(): Ending {
  return calmly("You disconnected.");
}

/** The shell ended by itself; a status other than 0, or a signal, is named. */
export function exited(end: SessionEnd): Ending {
  if (end.exitSignal !== "") return calmly(`The session ended by signal ${end.exitSignal}.`);
  if (end.exitStatus !== null && end.exitStatus !== 0) {
    return calmly(`The session ended with exit status ${String(end.exitStatus)}.`);
  }
  return calmly("The session ended.");
}

/**
 * A connection that broke. The session only sees its channel go; the connection knows why,
 * from the close code of the gateway.
 */
export function broken(end: CloseInfo, connection: CloseInfo | null): Ending {
  const vague = end.code === "" || end.code === "lost" || end.code === "closed";
  const better = vague && connection !== null && connection.code !== "" ? connection : end;
  return failed(better.code === "closed" ? "lost" : better.code, better.message);
}

/** What was allowed already is no remedy: the device knows even less than that. */
export function withOldAllowed(ending: Ending): Ending {
  if (ending.remedy !== "old-algorithms") return ending;
  const next = "Old algorithms are allowed already; the device's SSH server needs an update.";
  return { ...ending, next, remedy: "none" };
}

function calmly(what: string): Ending {
  return { what, facts: "", next: "", code: "", calm: true, remedy: "none", detail: NO_DETAIL };
}

function remedyOf(code: string): Remedy {
  switch (code) {
    case "not_signed_in":
    case "login_ended":
      return "sign-in";
    case "host_key_changed":
      return "forget-key";
    case "no_common_algorithm":
      return "old-algorithms";
    default:
      return "none";
  }
}
