/** A command line that signs in by the browser, as `porthole login --gateway` does. */

import { createHash, randomBytes } from "node:crypto";
import { createServer, request as httpRequest } from "node:http";

export interface CommandLine {
  /** The page of the gateway that it opens. */
  readonly address: string;
  /** Queries of the callbacks that came, in order. */
  readonly answers: URLSearchParams[];
  readonly callback: string;
  /** Turns the code of the first answer into a token. */
  token(): Promise<string>;
  close(): Promise<void>;
}

/** Listens on loopback and says what to open. */
export async function commandLine(gateway: string, machine = "workbench"): Promise<CommandLine> {
  const answers: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    if (url.pathname === "/callback") answers.push(url.searchParams);
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end("<!doctype html><title>Back</title><h1>Back at the command line</h1>");
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const callback = `http://127.0.0.1:${String(address.port)}/callback`;
  const verifier = randomBytes(32).toString("base64url");
  const query = new URLSearchParams({
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    redirect_uri: callback,
    state: randomBytes(32).toString("base64url"),
    machine,
  });
  return {
    address: `${gateway}/auth/cli?${query.toString()}`,
    answers,
    callback,
    token: async () => {
      const form = new URLSearchParams({
        grant_type: "authorization_code",
        code: answers[0]?.get("code") ?? "",
        code_verifier: verifier,
        redirect_uri: callback,
      });
      const { body } = await call(gateway, "POST", "/auth/cli/token", "", form);
      return (JSON.parse(body) as { access_token: string }).access_token;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** A request of a program: Node does not resolve names below .localhost. */
export function call(
  gateway: string,
  method: string,
  path: string,
  token: string,
  form?: URLSearchParams,
): Promise<{ status: number; body: string }> {
  const { host, port } = new URL(gateway);
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> = { Host: host };
    if (token !== "") headers["Authorization"] = `Bearer ${token}`;
    if (form) headers["Content-Type"] = "application/x-www-form-urlencoded";
    const sent = httpRequest(
      { host: "127.0.0.1", port, method, path, headers, agent: false },
      (answer) => {
        let body = "";
        answer.on("data", (chunk: Buffer) => (body += chunk.toString()));
        answer.on("end", () => {
          resolve({ status: answer.statusCode ?? 0, body });
        });
      },
    );
    sent.on("error", reject);
    sent.end(form?.toString());
  });
}
