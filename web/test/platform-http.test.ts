import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import {
  configurations,
  currentLogin,
  refusal,
  signIn,
  socketUrl,
} from "../src/platform/client.ts";
import { PlatformFailure } from "../src/platform/failure.ts";
import { ask, retryAfter } from "../src/platform/http.ts";
import { members, text } from "../src/platform/parse.ts";

const realFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = realFetch;
});

interface Sent {
  path: string;
  init: RequestInit;
}

/** Answers each request by its path and records what was sent. */
function answer(by: (path: string) => Response | Promise<Response>): Sent[] {
  const sent: Sent[] = [];
  globalThis.fetch = (input, init = {}) => {
    const path = input as string;
    sent.push({ path, init });
    return Promise.resolve(by(path));
  };
  return sent;
}

function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers });
}

async function failure(promise: Promise<unknown>): Promise<PlatformFailure> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof PlatformFailure, String(error));
    return error;
  }
  return assert.fail("it did not fail");
}

await test("requests stay on our origin and follow no redirect", async () => {
  const sent = answer(() => json({}));
  await ask("/x", members);
  assert.equal(sent[0]?.init.credentials, "same-origin");
  assert.equal(sent[0].init.redirect, "error");
});

await test("the gateway's own sentence is kept, with its code and Retry-After", async () => {
  const body = { error: "too_many_failures", message: "Too many. Wait." };
  answer(() => json(body, 429, { "Retry-After": "75" }));
  const failed = await failure(signIn({ user: "u", password: "p", tfaCode: "" }));
  assert.deepEqual(
    [failed.code, failed.message, failed.status, failed.retryAfterMs],
    ["too_many_failures", "Too many. Wait.", 429, 75_000],
  );
});

for (const [status, code] of [
  [401, "not_signed_in"],
  [403, "forbidden"],
  [404, "not_found"],
  [500, "tenant_bad_answer"],
  [502, "tenant_unreachable"],
  [504, "tenant_slow"],
] as const) {
  await test(`the platform's own ${String(status)} becomes ${code} with our sentence`, async () => {
    answer(() => json({ error: "security/Unauthorized", message: "<script>" }, status));
    const failed = await failure(ask("/x", members));
    assert.equal(failed.code, code);
    assert.doesNotMatch(failed.message, /script/);
  });
}

await test("malformed JSON from a tenant becomes a sentence, not a stack", async () => {
  answer(() => new Response("{oops"));
  const failed = await failure(ask("/x", members));
  assert.equal(failed.code, "tenant_bad_answer");
  assert.match(failed.message, /cannot be read/);
});

await test("HTML instead of an error body is no trouble", async () => {
  answer(() => new Response("<html>proxy</html>", { status: 502 }));
  assert.equal((await failure(ask("/x", members))).code, "tenant_unreachable");
});

await test("no answer within the time is a slow tenant", async () => {
  globalThis.fetch = (_input, init) =>
    new Promise((_resolve, reject) => {
      init?.signal?.addEventListener("abort", () => {
        reject(init.signal?.reason as Error);
      });
    });
  assert.equal((await failure(ask("/x", members, { timeoutMs: 5 }))).code, "tenant_slow");
});

await test("a gateway that is gone is said to be unreachable", async () => {
  globalThis.fetch = () => Promise.reject(new TypeError("Failed to fetch"));
  assert.equal((await failure(ask("/x", members))).code, "unreachable");
});

await test("the caller's abort stays an abort", async () => {
  const abort = new AbortController();
  globalThis.fetch = () => {
    abort.abort();
    return Promise.reject(new TypeError("aborted"));
  };
  await assert.rejects(ask("/x", members, { signal: abort.signal }), { name: "AbortError" });
});

await test("204 is nothing", async () => {
  answer(() => new Response(null, { status: 204 }));
  assert.equal(await ask("/x", text), undefined);
  assert.equal(await refusal("1", "2"), null);
});

await test("no login is null, not an error", async () => {
  answer(() => json({ error: "not_signed_in", message: "" }, 401));
  assert.equal(await currentLogin(), null);
});

await test("the TFA code is sent only when there is one", async () => {
  const sent = answer(() => json({ user: "u", tenant: "t", remoteAccess: true }));
  await signIn({ user: "u", password: "p", tfaCode: "" });
  await signIn({ user: "u", password: "p", tfaCode: "123" });
  const bodies = sent.map(({ init }) => JSON.parse(init.body as string) as unknown);
  assert.deepEqual(bodies, [
    { user: "u", password: "p" },
    { user: "u", password: "p", tfaCode: "123" },
  ]);
});

await test("404 on all of remote access: the tenant is not subscribed", async () => {
  answer(() => json({ error: "x/y", message: "" }, 404));
  assert.equal((await failure(configurations("1"))).code, "not_subscribed");
});

await test("404 with remote access there: the device is unknown", async () => {
  answer((path) =>
    path.endsWith("/health") ? json({}) : json({ error: "not_found", message: "No." }, 404),
  );
  assert.equal((await failure(configurations("1"))).code, "not_found");
});

await test("ids cannot leave their place in a path", async () => {
  const sent = answer(() => json([]));
  await configurations("../../tenant?x=#");
  assert.equal(
    sent[0]?.path,
    "/service/remoteaccess/devices/..%2F..%2Ftenant%3Fx%3D%23/configurations",
  );
  assert.equal(
    socketUrl("https://h:8443/devices/1?x#y", "1", "2"),
    "wss://h:8443/service/remoteaccess/client/1/configurations/2",
  );
  assert.match(socketUrl("http://h/", "1", "2"), /^ws:\/\/h\//);
});

await test("Retry-After is read as seconds and as a date, and bounded", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  const read = (value: string) => retryAfter(new Headers({ "Retry-After": value }), now);
  assert.equal(read("5"), 5_000);
  assert.equal(read("Thu, 01 Jan 2026 00:01:00 GMT"), 60_000);
  assert.equal(read("999999999"), 3_600_000);
  assert.equal(read("soon"), 0);
  assert.equal(read("Wed, 31 Dec 2025 00:00:00 GMT"), 0);
});
