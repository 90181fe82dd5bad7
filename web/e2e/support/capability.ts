/** What whoever has taken over a forward's service worker can do with its capability port. */

/** What the test uses of a ServiceWorkerGlobalScope. */
interface WorkerScope {
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  clients: {
    matchAll(options: { includeUncontrolled: true }): Promise<{ postMessage(m: unknown): void }[]>;
  };
}

/**
 * Runs in the service worker and stands alone: asks for a port, as after a restart, and tries
 * it out. Gives the types of the answers to each try; only the last is a proper request.
 */
export async function tryPort(protocol: number): Promise<string[][]> {
  const scope = self as unknown as WorkerScope;
  const port = await new Promise<MessagePort>((resolve) => {
    scope.addEventListener("message", (event) => {
      const { type } = event.data as { type?: string };
      if (type === "port" && event.ports[0]) resolve(event.ports[0]);
    });
    void scope.clients.matchAll({ includeUncontrolled: true }).then((clients) => {
      for (const client of clients) client.postMessage({ type: "need-port", protocol });
    });
  });
  const heard: unknown[] = [];
  port.addEventListener("message", (event) => heard.push(event.data));
  port.start();
  const base = { headers: [], size: -1, referrer: "", cookies: null, navigate: false };
  port.postMessage({ type: "tcp", id: 1, host: "127.0.0.1", port: 22 });
  port.postMessage({ type: "dial", id: 2, address: "127.0.0.1:22" });
  port.postMessage({ ...base, type: "request", id: 3, method: "CONNECT", path: "127.0.0.1:22" });
  port.postMessage({ ...base, type: "request", id: 4, method: "GET", path: "http://192.0.2.1/" });
  port.postMessage({
    ...base,
    type: "request",
    id: 5,
    method: "GET",
    path: "/x HTTP/1.1\r\nA: b",
  });
  port.postMessage({ ...base, type: "request", id: 6, method: "GET", path: "/status/204" });
  const deadline = Date.now() + 5_000;
  const about = (id: number) =>
    heard.filter((one) => (one as { id?: number }).id === id) as { type: string }[];
  while (!about(6).some(({ type }) => type === "head") && Date.now() < deadline)
    await new Promise((done) => setTimeout(done, 20));
  return [1, 2, 3, 4, 5, 6].map((id) => about(id).map(({ type }) => type));
}

/** Which tries have an answer of the device. */
export function answeredOf(replies: string[][]): boolean[] {
  return replies.map((types) => types.includes("head"));
}

export const ONLY_THE_LAST = [false, false, false, false, false, true];
