/** A TCP line that breaks after a number of bytes, and counts them. */

import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface Cutter {
  readonly port: number;
  /** Bytes handed on so far, all connections together. */
  readonly down: number;
  readonly up: number;
  /** How often it broke. */
  readonly cuts: number;
  /** Breaks once when so many more bytes went in either direction; 0: no more. */
  cutAfter(bytes: number): void;
  stop(): Promise<void>;
}

export async function startCutter(to: { host: string; port: number }): Promise<Cutter> {
  const sockets = new Set<Socket>();
  const counted = { down: 0, up: 0, cuts: 0 };
  let left = 0;
  const carry = (from: Socket, into: Socket, direction: "down" | "up"): void => {
    from.on("data", (data: Buffer) => {
      const due = left > 0 && data.length >= left;
      const piece = due ? data.subarray(0, left) : data;
      left = Math.max(0, left - data.length);
      counted[direction] += piece.length;
      const full = !into.write(piece);
      if (due) {
        counted.cuts += 1;
        for (const socket of [...sockets]) socket.destroy();
      } else if (full) {
        from.pause();
        into.once("drain", () => from.resume());
      }
    });
    from.on("end", () => into.end());
  };
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ ...to, noDelay: true });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined); // "close" follows
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    carry(near, far, "up");
    carry(far, near, "down");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as AddressInfo).port,
    get down() {
      return counted.down;
    },
    get up() {
      return counted.up;
    },
    get cuts() {
      return counted.cuts;
    },
    cutAfter: (bytes) => {
      left = bytes;
    },
    stop: async () => {
      const closed = new Promise((done) => server.close(done));
      for (const socket of [...sockets]) socket.destroy();
      await closed;
    },
  };
}
