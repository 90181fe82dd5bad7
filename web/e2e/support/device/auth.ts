/** Basic (RFC 7617) and Digest (RFC 7616, MD5 and SHA-256, qop=auth) as small devices ask for them. */

import { createHash, randomBytes } from "node:crypto";
import { html } from "./pages.ts";
import type { Exchange, Routes } from "./server.ts";

export const DEVICE_USER = "admin";
export const DEVICE_PASSWORD = "grüße: 42";

function hash(algorithm: string, text: string): string {
  return createHash(algorithm === "SHA-256" ? "sha256" : "md5")
    .update(text)
    .digest("hex");
}

function fields(header: string): Record<string, string> {
  const found = header.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g);
  return Object.fromEntries(
    [...found].map(([, name, quoted, bare]) => [name ?? "", quoted ?? bare ?? ""]),
  );
}

const nonces = new Set<string>();

function digestRight(algorithm: string, method: string, header: string): boolean {
  if (!header.startsWith("Digest ")) return false;
  const f = fields(header);
  if (!nonces.has(f["nonce"] ?? "") || f["username"] !== DEVICE_USER) return false;
  const one = hash(algorithm, `${DEVICE_USER}:device:${DEVICE_PASSWORD}`);
  const two = hash(algorithm, `${method}:${f["uri"] ?? ""}`);
  const response = hash(
    algorithm,
    [one, f["nonce"], f["nc"], f["cnonce"], f["qop"], two].join(":"),
  );
  return f["response"] === response;
}

function digest({ request, response, url }: Exchange): void {
  const algorithm = url.pathname.split("/")[2] === "sha256" ? "SHA-256" : "MD5";
  if (digestRight(algorithm, request.method ?? "", request.headers.authorization ?? "")) {
    response.writeHead(200, { "content-type": "text/html" }).end(html("<h1>let in by digest</h1>"));
    return;
  }
  const nonce = randomBytes(16).toString("hex");
  nonces.add(nonce);
  response
    .writeHead(401, {
      "content-type": "text/html",
      "www-authenticate": `Digest realm="device", nonce="${nonce}", qop="auth", algorithm=${algorithm}`,
    })
    .end(html("<h1>the device's own refusal</h1>"));
}

function basic({ request, response, seen }: Exchange): void {
  const right = Buffer.from(`${DEVICE_USER}:${DEVICE_PASSWORD}`).toString("base64");
  if (request.headers.authorization === `Basic ${right}`) {
    response
      .writeHead(200, { "content-type": "text/html" })
      .end(html(`<h1>let in by password</h1><p id="body">${seen.bytes}</p>`));
    return;
  }
  response
    .writeHead(401, { "content-type": "text/html", "www-authenticate": 'Basic realm="device"' })
    .end(html("<h1>the device's own refusal</h1>"));
}

export function authRoutes(): Routes {
  return { "/basic/*": basic, "/digest/*": digest };
}
