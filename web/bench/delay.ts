/** A round trip that is as long as wanted: a TCP proxy that hands on each piece some time later. */

import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** Beyond, it stops reading; it is far more than any window of SSH. */
const MOST_BYTES = 256 * 1024 * 1024;

export interface Delay {
  readonly port: number;
  stop(): Promise<void>;
}

export async function startDelay(to: number, roundTripMs: number): Promise<Delay> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    const far = connect({ port: to, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined); // "close" follows
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    carry(near, far, roundTripMs / 2);
    carry(far, near, roundTripMs / 2);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      const closed = new Promise((done) => server.close(done));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** One direction: pieces in order, each after its time. */
function carry(from: Socket, to: Socket, delayMs: number): void {
  const pieces: { at: number; data: Buffer | null }[] = [];
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  const next = (): void => {
    timer = undefined;
    const now = performance.now();
    to.cork();
    while (pieces[0] !== undefined && pieces[0].at <= now) {
      const data = pieces.shift()?.data ?? null;
      if (data === null) to.end();
      else if (!to.destroyed) to.write(data);
      bytes -= data?.length ?? 0;
    }
    to.uncork();
    if (bytes < MOST_BYTES && from.isPaused()) from.resume();
    wait();
  };
  const wait = (): void => {
    if (timer === undefined && pieces[0] !== undefined)
      timer = setTimeout(next, Math.max(1, pieces[0].at - performance.now()));
  };
  from.on("data", (data: Buffer) => {
    bytes += data.length;
    pieces.push({ at: performance.now() + delayMs, data });
    if (bytes >= MOST_BYTES) from.pause();
    wait();
  });
  from.on("end", () => {
    pieces.push({ at: performance.now() + delayMs, data: null });
    wait();
  });
}
