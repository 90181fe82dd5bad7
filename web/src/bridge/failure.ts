/**
 * The error that crosses the bridge: a code for the program, a sentence for the person,
 * and what some codes carry besides. Codes are those of ssh/wire/error.go and the one
 * below, which only the page itself can find out.
 */

import { transferHandlers } from "comlink";
import type { TransferHandler } from "comlink";

/** The browser has no WebAssembly, or the SSH client could not be loaded or started. */
export const CODE_NO_WEBASSEMBLY = "no_webassembly";
/** Our own fault: the Go program ended, or a value made no sense. */
export const CODE_INTERNAL = "internal";
/** The object was closed before the call. */
export const CODE_CLOSED = "closed";
/** The person cancelled. */
export const CODE_CANCELLED = "cancelled";

/** A failure of the bridge; `code` decides what to do, `message` is shown. */
export class BridgeFailure extends Error {
  override readonly name = "BridgeFailure";
  /** From ssh/wire/error.go, or {@link CODE_NO_WEBASSEMBLY}. */
  readonly code: string;
  /** Facts beside the sentence, e.g. {known, offered, name} of host_key_changed. */
  readonly detail: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: string,
    message: string,
    options: { detail?: Record<string, unknown> | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
  }
}

/** What a failure looks like between the threads: plain data, so that nothing is lost. */
export interface FailureData {
  code: string;
  message: string;
  detail?: Record<string, unknown>;
  stack?: string;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Turns whatever was thrown into a BridgeFailure; what has no code is our own fault. */
export function toFailure(thrown: unknown): BridgeFailure {
  if (thrown instanceof BridgeFailure) {
    return thrown;
  }
  if (isRecord(thrown)) {
    const code = thrown["code"];
    const message = thrown["message"];
    const detail = thrown["detail"];
    if (typeof code === "string" && code !== "" && typeof message === "string") {
      return new BridgeFailure(code, message, {
        detail: isRecord(detail) ? detail : undefined,
        cause: thrown,
      });
    }
    if (thrown["name"] === "AbortError") {
      return new BridgeFailure(CODE_CANCELLED, "Cancelled.", { cause: thrown });
    }
  }
  return new BridgeFailure(
    CODE_INTERNAL,
    `Something went wrong inside the page (${thrown instanceof Error ? thrown.message : String(thrown)}). Reload the page and try again.`,
    { cause: thrown },
  );
}

/** The failure of what the person cancelled. */
export function cancelled(): BridgeFailure {
  return new BridgeFailure(CODE_CANCELLED, "Cancelled.");
}

/** A function, because the flow analysis of TypeScript takes `aborted` for a constant. */
export function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** Plain data of a failure, fit for structured clone. */
export function failureData(thrown: unknown): FailureData {
  const failure = toFailure(thrown);
  const data: FailureData = { code: failure.code, message: failure.message };
  if (failure.detail !== undefined) {
    data.detail = cloneable(failure.detail);
  }
  if (failure.stack !== undefined) {
    data.stack = failure.stack;
  }
  return data;
}

/** A detail that cannot be cloned must not hide the failure itself. */
function cloneable(detail: Readonly<Record<string, unknown>>): Record<string, unknown> {
  try {
    return structuredClone(detail);
  } catch {
    return {};
  }
}

let installed = false;

interface ThrownData {
  isError: boolean;
  value: unknown;
}

/**
 * Makes comlink keep code and detail of thrown errors: its own handler keeps only
 * message, name and stack. Call it once in each thread before the first call.
 */
export function installErrorTransfer(): void {
  if (installed) {
    return;
  }
  installed = true;
  const original = transferHandlers.get("throw");
  if (original === undefined) {
    throw new Error("comlink has no handler for thrown values");
  }
  const handler: TransferHandler<{ value: unknown }, ThrownData> = {
    canHandle: (value): value is { value: unknown } => original.canHandle(value),
    serialize: ({ value }) => [{ isError: true, value: failureData(value) }, []],
    deserialize: ({ value }) => {
      throw toFailure(value);
    },
  };
  transferHandlers.set("throw", handler);
}
