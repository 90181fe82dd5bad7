/** Websockets of a device's page: order, size, subprotocols, each kind of close, and very many. */

import { strict as assert } from "node:assert";
import { test } from "node:test";
import { until, useForwarding } from "./support/forwarding.ts";

const f = useForwarding();

test("P23: 10,000 numbered messages arrive in order", async () => {
  const wrong = await f().page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket("/count?n=10000");
        let next = 0;
        socket.onmessage = ({ data }) => {
          if (data !== String(next)) resolve(`${String(data)} instead of ${next}`);
          if (++next === 10_000) {
            resolve("");
            socket.close();
          }
        };
        socket.onclose = ({ code }) => {
          resolve(`closed with ${code} at ${next}`);
        };
      }),
  );
  assert.equal(wrong, "");
});

test("P23: what the page sends arrives in order, text and binary mixed", async () => {
  const wrong = await f().page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket("/echo");
        socket.binaryType = "arraybuffer";
        let next = 0;
        socket.onopen = () => {
          for (let i = 0; i < 5_000; i++)
            socket.send(i % 2 === 0 ? String(i) : new Uint8Array([i & 255, i >> 8]));
        };
        socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
          const number =
            typeof data === "string" ? Number(data) : (new Uint16Array(data)[0] ?? Number.NaN);
          if (number !== next) resolve(`${number} instead of ${next}`);
          if (++next === 5_000) resolve("");
        };
      }),
  );
  assert.equal(wrong, "");
});

test("the device sees its own origin, the page's cookies, and chooses the subprotocol", async () => {
  const { page, device } = f();
  await page.evaluate("document.cookie = 'seen=yes'");
  const chosen = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const socket = new WebSocket("/echo", ["first", "second"]);
        socket.onopen = () => {
          resolve([socket.protocol, socket.url, socket.readyState]);
          socket.close(4001, "done");
        };
      }),
  );
  const url = `${f().origin.replace("http", "ws")}/echo`;
  assert.deepEqual(chosen, ["second", url, 1]);
  const upgrade = device.sockets.upgrades.at(-1);
  if (upgrade === undefined) assert.fail("the device saw no upgrade");
  assert.equal(upgrade.headers.origin, `http://${upgrade.headers.host ?? ""}`);
  assert.match(upgrade.headers.cookie ?? "", /seen=yes/);
  await until("the device got the close code", () =>
    device.sockets.closes.some(({ code, reason }) => code === 4001 && reason === "done"),
  );
});

test("each end of a websocket is told as the standard says", async () => {
  const close = (path: string) =>
    f().page.evaluate(
      (to) =>
        new Promise((resolve) => {
          const socket = new WebSocket(to);
          let failed = false;
          socket.onerror = () => (failed = true);
          socket.onclose = ({ code, reason, wasClean }) => {
            resolve([code, reason, wasClean, failed, socket.readyState]);
          };
        }),
      path,
    );
  assert.deepEqual(await close("/close?code=4000&reason=why"), [4000, "why", true, false, 3]);
  assert.deepEqual(await close("/close?code=1000"), [1000, "", true, false, 3]);
  assert.deepEqual(await close("/cut"), [1006, "", false, true, 3]);
  assert.deepEqual(await close("/deny"), [1006, "", false, true, 3]);
  assert.deepEqual(await close("/1k"), [1006, "", false, true, 3]);
});

test("wrong arguments throw as the standard says", async () => {
  const names = await f().page.evaluate(() => {
    const name = (action: () => void) => {
      try {
        action();
        return "nothing";
      } catch (error) {
        return (error as Error).name;
      }
    };
    const socket = new WebSocket("/echo");
    return [
      name(() => new WebSocket("ftp://x/")),
      name(() => new WebSocket("/echo", ["a", "a"])),
      name(() => new WebSocket("/echo#fragment")),
      name(() => {
        socket.send("too early");
      }),
      name(() => {
        socket.close(1001);
      }),
      name(() => {
        socket.close(4000, "x".repeat(124));
      }),
    ];
  });
  assert.deepEqual(names, [
    "SyntaxError",
    "SyntaxError",
    "SyntaxError",
    "InvalidStateError",
    "InvalidAccessError",
    "SyntaxError",
  ]);
});

test("a message of 8 MiB goes both ways, and the buffered amount comes down", async () => {
  const result = await f().page.evaluate(
    () =>
      new Promise((resolve) => {
        const socket = new WebSocket("/echo");
        socket.binaryType = "blob";
        const size = 8 * 1024 * 1024;
        let buffered = 0;
        socket.onopen = () => {
          socket.send(new Blob([new Uint8Array(size).fill(7)]));
          buffered = socket.bufferedAmount;
        };
        socket.onmessage = ({ data }: MessageEvent<Blob>) => {
          resolve([data.size, buffered, socket.bufferedAmount]);
          socket.close();
        };
      }),
  );
  assert.deepEqual(result, [8 * 1024 * 1024, 8 * 1024 * 1024, 0]);
});

test("500 websockets at once all work, and all end with their page", async () => {
  const { device } = f();
  const page = await f().tab("/");
  const answers = await page.evaluate(async () => {
    const all = Array.from(
      { length: 500 },
      (_, i) =>
        new Promise((resolve) => {
          const socket = new WebSocket("/echo");
          socket.onopen = () => {
            socket.send(String(i));
          };
          socket.onmessage = ({ data }) => {
            resolve(data === String(i));
          };
          socket.onclose = ({ code }) => {
            resolve(`closed ${code}`);
          };
        }),
    );
    return [...new Set(await Promise.all(all))];
  });
  assert.deepEqual(answers, [true]);
  assert.equal(device.sockets.open.size >= 500, true);
  await page.close();
  await until("the websockets of a closed tab end", () => device.sockets.open.size < 10, 20_000);
});

test("a websocket to another host is the browser's own", async () => {
  const { page, device } = f();
  const before = device.sockets.upgrades.length;
  const opened = await page.evaluate(
    (url) =>
      new Promise((resolve) => {
        const socket = new WebSocket(url);
        socket.onopen = () => {
          resolve(Object.prototype.toString.call(socket));
          socket.close();
        };
        socket.onerror = () => {
          resolve("error");
        };
      }),
    `ws://elsewhere.localhost:${device.port}/echo`,
  );
  assert.equal(opened, "[object WebSocket]");
  assert.equal(device.sockets.upgrades.length, before + 1);
  assert.match(device.sockets.upgrades.at(-1)?.headers.host ?? "", /^elsewhere\.localhost/);
});
