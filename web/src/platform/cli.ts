/** Command lines that sign in at the gateway (ssh/wire/cli.go, docs/protocol.md §8). */

import { ask, askFor } from "./http.ts";
import {
  BadAnswer,
  flag,
  identifier,
  list,
  members,
  optional,
  text,
  time,
  whole,
  type Reader,
} from "./parse.ts";

/** What the address of the page asks for. What is wrong in it, the gateway says. */
export interface CliRequest {
  readonly codeChallenge: string;
  readonly codeChallengeMethod: string;
  readonly redirectUri: string;
  readonly state: string;
  readonly machine: string;
}

/** What the person is asked. */
export interface CliQuestion {
  /** Goes back with the answer; serves once. */
  readonly consent: string;
  readonly user: string;
  readonly tenant: string;
  /** False when the command line would reach no device. */
  readonly remoteAccess: boolean;
  /** What the program calls its machine: foreign text, may be empty. */
  readonly machine: string;
  /** Address and port of this machine that gets the answer. */
  readonly callback: string;
  readonly until: Date;
}

/** A command line that was let in. */
export interface CliToken {
  readonly id: string;
  readonly machine: string;
  readonly address: string;
  readonly made: Date;
  readonly until: Date;
  /** undefined while it was never used. */
  readonly lastUsed: Date | undefined;
  /** Open now. */
  readonly connections: number;
}

/** Reads the address of the page. What is there twice counts as missing. */
export function readCliRequest(search: string): CliRequest {
  const query = new URLSearchParams(search);
  const one = (name: string): string => {
    const [value = "", ...more] = query.getAll(name);
    return more.length === 0 ? value : "";
  };
  return {
    codeChallenge: one("code_challenge"),
    codeChallengeMethod: one("code_challenge_method"),
    redirectUri: one("redirect_uri"),
    state: one("state"),
    machine: one("machine"),
  };
}

/** POST /api/cli/requests. */
export function askOfCli(request: CliRequest, signal?: AbortSignal): Promise<CliQuestion> {
  return askFor("/api/cli/requests", readQuestion, { method: "POST", body: request, signal });
}

/** POST /api/cli/consents: the answer; resolves with where the browser goes next. */
export function answerCli(consent: string, allow: boolean): Promise<string> {
  return askFor("/api/cli/consents", readRedirect, { method: "POST", body: { consent, allow } });
}

/** GET /api/cli/tokens. */
export function cliTokens(signal?: AbortSignal): Promise<CliToken[]> {
  return askFor("/api/cli/tokens", readTokens, { signal });
}

/** DELETE /api/cli/tokens/{id}, or all of the person's. */
export async function revokeCli(id?: string): Promise<void> {
  const path = id === undefined ? "/api/cli/tokens" : `/api/cli/tokens/${encodeURIComponent(id)}`;
  await ask(path, members, { method: "DELETE" });
}

const readQuestion: Reader<CliQuestion> = (value, at) => {
  const json = members(value, at);
  return {
    consent: identifier(json["consent"], `${at}.consent`),
    user: identifier(json["user"], `${at}.user`),
    tenant: identifier(json["tenant"], `${at}.tenant`),
    remoteAccess: flag(json["remoteAccess"], `${at}.remoteAccess`),
    machine: text(json["machine"], `${at}.machine`),
    callback: identifier(json["callback"], `${at}.callback`),
    until: time(json["until"], `${at}.until`),
  };
};

/** The browser goes to the person's own machine, or nowhere. */
const readRedirect: Reader<string> = (value, at) => {
  const redirect = text(members(value, at)["redirect"], `${at}.redirect`);
  const url = URL.canParse(redirect) ? new URL(redirect) : undefined;
  const own = url?.hostname === "127.0.0.1" || url?.hostname === "[::1]";
  if (!own || url.protocol !== "http:" || url.username !== "" || url.port === "") {
    throw new BadAnswer(`${at}.redirect does not lead to this machine`);
  }
  return url.href;
};

const readToken: Reader<CliToken> = (value, at) => {
  const json = members(value, at);
  return {
    id: identifier(json["id"], `${at}.id`),
    machine: text(json["machine"], `${at}.machine`),
    address: text(json["address"], `${at}.address`),
    made: time(json["made"], `${at}.made`),
    until: time(json["until"], `${at}.until`),
    lastUsed: optional(time)(json["lastUsed"], `${at}.lastUsed`),
    connections: whole(0, 1_000_000)(json["connections"], `${at}.connections`),
  };
};

const readTokens: Reader<CliToken[]> = (value, at) =>
  list(readToken)(members(value, at)["tokens"], `${at}.tokens`);
