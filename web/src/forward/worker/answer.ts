/** Makes the page's Response of what came through the tunnel. */

import shim from "virtual:shim";
import workerShim from "virtual:worker-shim";
import type { Answer, Head } from "../exchange.ts";
import { decoded, decodersOf } from "../decode.ts";
import { answerHeaders, header, reasonPhrase } from "../headers.ts";
import type { AnswerOptions } from "../headers.ts";
import { inject, injecting, isSearchable, looksLikePage, shimTag } from "../inject.ts";
import { destination, mapRefresh } from "../location.ts";
import { preluding, withPrelude, workerText } from "../prelude.ts";
import { SHIM_PATH } from "../protocol.ts";
import type { ShimConfig } from "../protocol.ts";
import type { Tunnel } from "../tunnel.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Body = Bytes | ReadableStream<Bytes> | null;

/** Where an answer goes. */
export interface Context {
  request: Request;
  /** Origin of the forward. */
  origin: string;
  hosts: readonly string[];
  tunnel: Tunnel;
  /** The browser's jar has the cookies that pages may see. */
  mirrored: boolean;
}

/** Statuses whose answers have no body (Fetch §2.2.3); 101 never gets here. */
const bodiless: readonly number[] = [204, 205, 304];
const frames: readonly string[] = ["document", "iframe", "frame", "embed", "object"];
const workers: readonly string[] = ["worker", "sharedworker"];

/** The shim's own text, as the page loads it. */
export function shimScript(): Response {
  return new Response(shim, {
    headers: {
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
  });
}

/** The Response for a page of the forward. Throws where the browser takes none of that kind. */
export function makeResponse({ head, body }: Answer, context: Context): Response {
  const { request, origin, hosts, tunnel } = context;
  const bare = request.method === "HEAD" || bodiless.includes(head.status);
  const decoders = bare ? [] : decodersOf(header(head.headers, "content-encoding"));
  const plain = bare ? null : decode(body, decoders);
  const kind = plain === null ? "other" : kindOf(context, head, plain);
  const nonce = kind === "page" ? newNonce() : "";
  const options: AnswerOptions = {
    origin,
    hosts,
    targets: tunnel.targets,
    script: kind === "page" ? SHIM_PATH : null,
    nonce,
    rewritten: kind !== "other",
    decoded: decoders.length > 0,
    location: ownLocation(head, context),
  };
  const headers = answerHeaders(mapped(head, context), options);
  if (kind === "page" && header(head.headers, "content-type") === "") {
    headers.set("content-type", "text/html"); // as the browser guesses it, and its charset
  }
  return new Response(piped(rewrite(plain, kind, head, nonce, context)), {
    status: head.status,
    statusText: reasonPhrase(head.statusText),
    headers,
  });
}

function mapped(head: Head, { request, tunnel }: Context): [string, string][] {
  return head.headers.map(([name, value]) =>
    name.toLowerCase() === "refresh"
      ? [name, mapRefresh(value, request.url, tunnel.targets)]
      : [name, value],
  );
}

function ownLocation(head: Head, { request, tunnel }: Context): string | null {
  const location = header(head.headers, "location");
  if (location === "") return null;
  const to = destination(location, request.url, tunnel.targets);
  return to.kind === "own" ? to.location : null;
}

type Kind = "page" | "worker" | "other";

function kindOf({ request }: Context, head: Head, body: Bytes | ReadableStream<Bytes>): Kind {
  const type = header(head.headers, "content-type").toLowerCase();
  if (workers.includes(request.destination) && !/\b(?:json|css|wasm)\b/.test(type)) {
    return head.status < 300 ? "worker" : "other";
  }
  const framed = request.mode === "navigate" || frames.includes(request.destination);
  if (!framed || /^\s*attachment/i.test(header(head.headers, "content-disposition"))) {
    return "other";
  }
  if (type === "") {
    return body instanceof Uint8Array && looksLikePage(body) ? "page" : "other";
  }
  return /^\s*(?:text\/html|application\/xhtml\+xml)\s*(?:;|$)/.test(type) ? "page" : "other";
}

function rewrite(body: Body, kind: Kind, head: Head, nonce: string, context: Context): Body {
  const { tunnel, mirrored } = context;
  if (body === null || kind === "other") return body;
  if (kind === "worker") {
    const text = workerText(workerShim, tunnel.targets);
    return body instanceof Uint8Array ? withPrelude(body, text) : body.pipeThrough(preluding(text));
  }
  const type = header(head.headers, "content-type");
  const config: ShimConfig = {
    targets: [...tunnel.targets],
    cookies: mirrored ? null : head.pageCookies,
    plain: tunnel.plain,
  };
  const tag = shimTag({ src: SHIM_PATH, nonce, config: JSON.stringify(config) });
  if (!(body instanceof Uint8Array)) return body.pipeThrough(injecting(type, tag));
  return isSearchable(type, body) ? inject(body, tag) : body;
}

function decode(body: Body, formats: ReturnType<typeof decodersOf>): Body {
  if (body === null || formats.length === 0) return body;
  const stream = body instanceof Uint8Array ? streamOf(body) : body;
  return formats.reduce(decoded, stream);
}

/**
 * A body as a stream: Chromium makes a Blob of any other, in another process, which costs
 * more than all the rest of a small answer.
 */
function piped(body: Body): ReadableStream<Bytes> | null {
  return body instanceof Uint8Array ? streamOf(body) : body;
}

function streamOf(bytes: Bytes): ReadableStream<Bytes> {
  return new ReadableStream({
    start(controller) {
      if (bytes.byteLength > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
}

function newNonce(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
}
