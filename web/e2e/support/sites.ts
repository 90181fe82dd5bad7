/** Other web sites that a browser may visit: one server that answers for any name below localhost. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface Sites {
  readonly port: number;
  /** "http://NAME.localhost:PORT" */
  origin(name: string): string;
  /** What that name answers at that path: HTML, or a handler of its own. */
  serve(name: string, path: string, answer: string | Handler): void;
  close(): Promise<void>;
}

/** "evil.localhost" is another site than "porthole.localhost"; "x.porthole.localhost" is the same one. */
export async function startSites(): Promise<Sites> {
  const answers = new Map<string, string | Handler>();
  const server = createServer((request, response) => {
    const name = (request.headers.host ?? "").replace(/\.localhost(:\d+)?$/, "");
    const [path] = (request.url ?? "/").split("?");
    const answer = answers.get(`${name} ${path}`);
    if (answer === undefined) {
      response.writeHead(404, { "content-type": "text/plain" }).end("nothing here");
    } else if (typeof answer === "function") {
      answer(request, response);
    } else {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(answer);
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: (name) => `http://${name}.localhost:${port}`,
    serve: (name, path, answer) => answers.set(`${name} ${path}`, answer),
    close: () =>
      new Promise((done) => {
        server.close(() => {
          done();
        });
        server.closeAllConnections();
      }),
  };
}
