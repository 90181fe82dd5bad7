import assert from "node:assert/strict";
import { test } from "node:test";
import { socketUrl } from "../src/platform/client.ts";
import { readForwardOrigin, readGatewayInfo } from "../src/platform/readers.ts";

const gateway = (forwards: unknown) =>
  readGatewayInfo({ version: "1", demo: false, tenant: "t", forwards }, "answer").forwards;

await test("whether forwards can be shown is read; anything unknown is off and denied", () => {
  const second = { kind: "second-site", plain: "ask", viewer: "https://view.example/.fwd/viewer" };
  assert.deepEqual(gateway(second), second);
  assert.deepEqual(gateway({ kind: "subdomain", plain: "allow", viewer: "x" }), {
    ...{ kind: "subdomain", plain: "allow", viewer: "" },
  });
  const off = { kind: "", plain: "deny", viewer: "" };
  for (const odd of [undefined, null, 7, {}, { kind: "other", plain: "yes" }, { kind: 1 }]) {
    assert.deepEqual(gateway(odd), off);
  }
});

await test("an origin of a forward is scheme and host and nothing more", () => {
  const origin = "http://abc.fwd.porthole.localhost:8440";
  assert.deepEqual(readForwardOrigin({ id: "abc", origin }, "answer"), { id: "abc", origin });
  for (const odd of [
    "",
    "null",
    "javascript:alert(1)",
    `${origin}/`,
    `${origin}/x`,
    "http://u@h",
  ]) {
    assert.throws(() => readForwardOrigin({ id: "abc", origin: odd }, "answer"), /origin/);
  }
});

await test("the websocket carries its reference, and says when its bytes are readable", () => {
  const base = "https://porthole.example/devices/7/ports/x";
  assert.equal(
    socketUrl(base, "7", "5", { reference: "r", plain: true }),
    "wss://porthole.example/service/remoteaccess/client/7/configurations/5?reference=r&plain=1",
  );
  assert.doesNotMatch(socketUrl(base, "7", "5", { reference: "r", plain: false }), /plain/);
});
