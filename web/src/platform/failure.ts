/**
 * A failed request, or a failed connection: a code for machines, a sentence for the person.
 * Codes are those of ssh/wire/error.go; `sentences.ts` has the sentence of each.
 */
export class PlatformFailure extends Error {
  override readonly name = "PlatformFailure";
  /** From ssh/wire/error.go. */
  readonly code: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** From Retry-After, in milliseconds; 0 when the answer had none. */
  readonly retryAfterMs: number;

  constructor(code: string, message: string, status = 0, retryAfterMs = 0) {
    super(message);
    this.code = code;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Whether an error is the person's own doing (navigating away, typing on), not a failure. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** Whether the login is over, so that signing in again is the only way on. */
export function isLoginOver(error: unknown): boolean {
  const code = codeOf(error);
  return code === "not_signed_in" || code === "login_ended";
}

/** The code of any error that carries one, `internal` otherwise. */
export function codeOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "code" in error) {
    const { code } = error;
    if (typeof code === "string" && code !== "") return code;
  }
  return "internal";
}
