import { PlatformFailure } from "./failure.ts";
import { BadAnswer, lenient, members, text, type Reader } from "./parse.ts";
import { sentenceOf } from "./sentences.ts";

/** How long an answer may take. The gateway gives up on a tenant before that and says so. */
export const ANSWER_TIMEOUT_MS = 35_000;

/** The longest JSON answer that is read: 8 MiB of text, far above 50 devices with all fragments. */
const MAX_ANSWER = 8 << 20;

/** What a request may carry. */
export interface AskOptions {
  readonly method?: "GET" | "POST" | "DELETE";
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Ends the request; the promise then rejects with an AbortError. */
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

/**
 * Sends one request to our own origin and reads its JSON. Rejects with PlatformFailure,
 * or with AbortError when the caller's signal fired. Resolves with undefined on 204.
 */
export async function ask<T>(
  path: string,
  read: Reader<T>,
  options: AskOptions = {},
): Promise<T | undefined> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? ANSWER_TIMEOUT_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  let status: number;
  let headers: Headers;
  let body: string;
  try {
    const response = await fetch(path, request(options, signal));
    ({ status, headers } = response);
    body = status === 204 ? "" : await response.text();
  } catch (error) {
    options.signal?.throwIfAborted();
    if (timeout.aborted) throw failure("tenant_slow");
    if (error instanceof TypeError) throw failure("unreachable");
    throw error;
  }
  if (status === 204) return undefined;
  if (status < 200 || status > 299) throw refused(status, headers, body);
  return readBody(body, read, status);
}

/** Like `ask` where an empty answer would be a fault. */
export async function askFor<T>(
  path: string,
  read: Reader<T>,
  options: AskOptions = {},
): Promise<T> {
  const answer = await ask(path, read, options);
  if (answer === undefined) throw failure("tenant_bad_answer");
  return answer;
}

function request(options: AskOptions, signal: AbortSignal): RequestInit {
  const init: RequestInit = {
    method: options.method ?? "GET",
    headers: { Accept: "application/json" },
    credentials: "same-origin",
    cache: "no-store",
    // The gateway never redirects an API path: following one would hand the answer to another place.
    redirect: "error",
    signal,
  };
  if (options.body === undefined) return init;
  init.headers = { Accept: "application/json", "Content-Type": "application/json" };
  init.body = JSON.stringify(options.body);
  return init;
}

function readBody<T>(body: string, read: Reader<T>, status: number): T {
  try {
    if (body.length > MAX_ANSWER) throw new BadAnswer("the answer is too long");
    return read(JSON.parse(body) as unknown, "answer");
  } catch (error) {
    if (!(error instanceof BadAnswer) && !(error instanceof SyntaxError)) throw error;
    const failed = failure("tenant_bad_answer", status);
    failed.cause = error;
    throw failed;
  }
}

/**
 * An error answer. Ours carry a code of ssh/wire/error.go; the platform's own carry
 * "service/Reason", of which only the HTTP status is a dependable sign.
 */
function refused(status: number, headers: Headers, body: string): PlatformFailure {
  const { error, message } = errorBody(body);
  const ours = /^[a-z_]+$/.test(error) ? error : "";
  const code = ours === "" ? codeOfStatus(status) : ours;
  const sentence = ours !== "" && message !== "" ? message : sentenceOf(code);
  return new PlatformFailure(code, sentence, status, retryAfter(headers));
}

function errorBody(body: string): { error: string; message: string } {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { error: "", message: "" };
  }
  const parts = lenient(members)(json, "answer") ?? {};
  return {
    error: lenient(text)(parts["error"], "error") ?? "",
    message: lenient(text)(parts["message"], "message") ?? "",
  };
}

function codeOfStatus(status: number): string {
  const known: Record<number, string> = {
    400: "invalid",
    401: "not_signed_in",
    403: "forbidden",
    404: "not_found",
    410: "demo_code_spent",
    421: "misdirected",
    422: "invalid",
    429: "too_many_failures",
    502: "tenant_unreachable",
    503: "tenant_unreachable",
    504: "tenant_slow",
  };
  return known[status] ?? (status >= 500 ? "tenant_bad_answer" : "invalid");
}

/** Retry-After in milliseconds, from seconds or a date (RFC 9110 §10.2.3); at most one hour. */
export function retryAfter(headers: Headers, now = Date.now()): number {
  const value = headers.get("Retry-After")?.trim() ?? "";
  if (value === "") return 0;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 3_600_000) : 0;
}

function failure(code: string, status = 0): PlatformFailure {
  return new PlatformFailure(code, sentenceOf(code), status);
}
