/** One request of a page: through the tunnel to the device, and back as a Response. */

import styles from "../pages/page.css?inline";
import tokens from "../../style/tokens.css?inline";
import { mayNavigate, ownReferrer } from "../csrf.ts";
import { TunnelFailure } from "../exchange.ts";
import type { Answer } from "../exchange.ts";
import { header, requestHeaders } from "../headers.ts";
import { destination } from "../location.ts";
import { noticePage, noticePolicy } from "../pages/document.ts";
import { hosts, site } from "../site.ts";
import { ownPath } from "../targets.ts";
import type { Question, Tunnel } from "../tunnel.ts";
import { failure, foreignForm, leavesTunnel, noTunnel, signIn } from "../words.ts";
import type { Notice } from "../words.ts";
import { makeResponse } from "./answer.ts";
import type { BrowserJar } from "./browser-jar.ts";
import type { Ports } from "./ports.ts";

/** The second port's tunnel is there; a busy app tab may still need a while to say so. */
const PATIENT_ACK_MS = 10_000;

/** Answers requests of the forward's pages. */
export class Server {
  readonly #scope: ServiceWorkerGlobalScope;
  readonly #ports: Ports;
  readonly #jar: BrowserJar;
  readonly #site = site();
  readonly #origin: string;

  constructor(scope: ServiceWorkerGlobalScope, ports: Ports, jar: BrowserJar) {
    this.#scope = scope;
    this.#ports = ports;
    this.#origin = scope.location.origin;
    this.#jar = jar;
  }

  /** Never rejects: what goes wrong is a page that says so, or a status that scripts see. */
  async answer(request: Request): Promise<Response> {
    const navigation = {
      method: request.method,
      origin: request.headers.get("origin"),
      referrer: request.referrer,
    };
    if (request.mode === "navigate" && !mayNavigate(navigation, this.#origin)) {
      return this.#notice(foreignForm());
    }
    const tunnel = await this.#ports.get();
    if (tunnel === null) return this.#notice(noTunnel());
    try {
      return await this.#through(tunnel, request);
    } catch (error) {
      return this.#failed(error, request);
    }
  }

  async #through(tunnel: Tunnel, request: Request): Promise<Response> {
    const bodiless = request.method === "GET" || request.method === "HEAD";
    const [body, cookies] = await Promise.all([
      bodiless ? null : request.blob(),
      this.#jar.header(request.url),
    ]);
    const question = this.#question(tunnel, request, body, cookies);
    let used = tunnel;
    let answer: Answer;
    try {
      answer = await tunnel.send(
        question,
        body,
        request.signal,
        bodiless ? undefined : PATIENT_ACK_MS,
      );
    } catch (error) {
      const other = bodiless && isUnacknowledged(error) ? await this.#ports.replace(tunnel) : null;
      if (other === null) throw error;
      used = other;
      answer = await other.send(question, null, request.signal, PATIENT_ACK_MS);
    }
    return this.#respond(answer, used, request);
  }

  #question(tunnel: Tunnel, request: Request, body: Blob | null, cookies: string | null): Question {
    const url = new URL(request.url);
    const path = ownPath(url, this.#origin, tunnel.targets) ?? "/";
    const { userAgent, languages } = this.#scope.navigator;
    return {
      method: request.method,
      path: path.slice(0, path.length - url.hash.length),
      headers: requestHeaders(request.method, request.headers, {
        userAgent,
        languages,
        origin: this.#origin,
      }),
      size: sizeOf(request.method, body),
      referrer: ownReferrer(request.referrer, this.#origin),
      cookies,
      navigate: request.mode === "navigate",
    };
  }

  async #respond(answer: Answer, tunnel: Tunnel, request: Request): Promise<Response> {
    const { head } = answer;
    await this.#jar.take(head.cookies);
    const navigate = request.mode === "navigate";
    const notice = navigate ? this.#noticeFor(answer, tunnel, request) : null;
    if (notice !== null) {
      discard(answer);
      return this.#notice(notice);
    }
    if (head.status < 200 || head.status > 599) {
      discard(answer);
      return this.#notice(failure("garbage", "The device answered with a status that is none."));
    }
    return makeResponse(answer, {
      request,
      tunnel,
      origin: this.#origin,
      hosts: hosts(this.#site),
      mirrored: await this.#jar.counts(),
    });
  }

  /** Where a page of ours says more than the device's answer would. */
  #noticeFor({ head }: Answer, tunnel: Tunnel, request: Request): Notice | null {
    if (head.status === 401 && head.challenge !== null) {
      return signIn(head.challenge.realm, head.challenge.refused);
    }
    const location = header(head.headers, "location");
    if (head.status >= 300 && head.status < 400 && location !== "") {
      const to = destination(location, request.url, tunnel.targets);
      if (to.kind === "foreign") return leavesTunnel(to.url.href);
    }
    return null;
  }

  #failed(error: unknown, request: Request): Response {
    if (!(error instanceof TunnelFailure)) {
      return this.#notice(failure("internal", ""));
    }
    if (error.code === "aborted" && request.signal.aborted) {
      return Response.error();
    }
    return this.#notice(
      error.code === "unacknowledged" ? noTunnel() : failure(error.code, error.message),
    );
  }

  #notice(notice: Notice): Response {
    const [app = ""] = this.#site.apps;
    return new Response(noticePage(notice, app, tokens + styles), {
      status: notice.status,
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": noticePolicy(this.#origin, hosts(this.#site)),
        "cache-control": "no-store",
        "origin-agent-cluster": "?1",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "x-porthole": notice.title,
      },
    });
  }
}

function isUnacknowledged(error: unknown): boolean {
  return (
    error instanceof TunnelFailure && (error.code === "unacknowledged" || error.code === "closed")
  );
}

/** Content-Length of the request; -1 for none (Fetch §4.5: 0 is said for POST and PUT alone). */
function sizeOf(method: string, body: Blob | null): number {
  if (body === null) return -1;
  return body.size > 0 || method === "POST" || method === "PUT" ? body.size : -1;
}

/** Ends what nobody reads. */
function discard({ body }: Answer): void {
  if (body instanceof ReadableStream) {
    void body.cancel().catch(() => undefined);
  }
}
