/**
 * What runs in the device's page, the same in its direct tab and in the forward's: the page
 * carries the text of this function, so it uses nothing from outside of it.
 */

export interface Measures {
  /** ms of each of count requests of 1 KiB, one after the other. */
  sequential(count: number): Promise<number[]>;
  /** Requests/s of count requests of 1 KiB, so many in flight. */
  flight(count: number, width: number): Promise<number>;
  /** MB/s of one body to the page. */
  download(bytes: number): Promise<number>;
  /** MB/s of one body from the page, until the device has counted it. */
  upload(bytes: number): Promise<number>;
  /** ms from a websocket message to its echo, count times. */
  echo(count: number): Promise<number[]>;
}

export function measures(): Measures {
  const MB = 1e6;
  let asked = 0;
  async function kib(): Promise<void> {
    const answer = await fetch(`/kib?${asked++}`);
    const { byteLength } = await answer.arrayBuffer();
    if (byteLength !== 1024) throw new Error(`${answer.status}: ${byteLength} bytes`);
  }
  function rate(bytes: number, since: number): number {
    return bytes / MB / ((performance.now() - since) / 1000);
  }
  return {
    sequential: async (count) => {
      const times: number[] = [];
      for (let i = 0; i < count; i++) {
        const since = performance.now();
        await kib();
        times.push(performance.now() - since);
      }
      return times;
    },
    flight: async (count, width) => {
      let left = count;
      const since = performance.now();
      await Promise.all(
        Array.from({ length: width }, async () => {
          while (left-- > 0) await kib();
        }),
      );
      return count / ((performance.now() - since) / 1000);
    },
    download: async (bytes) => {
      const since = performance.now();
      const { body } = await fetch(`/download?bytes=${bytes}`);
      const reader = body?.getReader();
      let got = 0;
      for (;;) {
        const next = await reader?.read();
        if (next?.value === undefined) break;
        got += next.value.length;
      }
      if (got !== bytes) throw new Error(`${got} of ${bytes} bytes came`);
      return rate(bytes, since);
    },
    upload: async (bytes) => {
      const body = new Blob([new Uint8Array(bytes)]);
      const since = performance.now();
      const answer = await fetch("/upload", { method: "POST", body });
      const got = await answer.text();
      if (got !== String(bytes)) throw new Error(`${got} of ${bytes} bytes arrived`);
      return rate(bytes, since);
    },
    echo: async (count) => {
      const socket = new WebSocket(`ws://${location.host}/echo`);
      await new Promise((resolve, reject) => {
        socket.onopen = resolve;
        socket.onerror = () => {
          reject(new Error("the websocket did not open"));
        };
      });
      const times: number[] = [];
      for (let i = 0; i < count; i++) {
        const since = performance.now();
        const back = new Promise((resolve) => (socket.onmessage = resolve));
        socket.send(`message ${i}`);
        await back;
        times.push(performance.now() - since);
      }
      socket.close();
      return times;
    },
  };
}
