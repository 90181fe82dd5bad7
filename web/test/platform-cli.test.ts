import assert from "node:assert/strict";
import { test } from "node:test";
import { answerCli, cliTokens, readCliRequest } from "../src/platform/cli.ts";

/** Answers every request with this JSON. */
function answering(json: unknown): void {
  globalThis.fetch = () => Promise.resolve(new Response(JSON.stringify(json)));
}

await test("the address is read as it stands; what is there twice is missing", () => {
  const request = readCliRequest(
    "?code_challenge=c&code_challenge_method=S256&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2F&state=s&machine=a%20b",
  );
  assert.deepEqual(request, {
    codeChallenge: "c",
    codeChallengeMethod: "S256",
    redirectUri: "http://127.0.0.1:1/",
    state: "s",
    machine: "a b",
  });
  const twice = readCliRequest("?redirect_uri=http://127.0.0.1:1/&redirect_uri=http://evil/");
  assert.equal(twice.redirectUri, "");
});

for (const redirect of [
  "https://evil.example/callback",
  "http://127.0.0.1@evil.example:80/",
  "http://localhost:1/",
  "http://user@127.0.0.1:1/",
  "javascript:alert(1)",
  "/account",
  "",
]) {
  await test(`the browser does not go to "${redirect}"`, async () => {
    answering({ redirect });
    await assert.rejects(answerCli("consent", true), { code: "tenant_bad_answer" });
  });
}

await test("the browser goes to this machine", async () => {
  answering({ redirect: "http://127.0.0.1:40001/callback?code=c&state=s" });
  assert.equal(await answerCli("consent", true), "http://127.0.0.1:40001/callback?code=c&state=s");
});

await test("a token that was never used has no time of use", async () => {
  const token = { id: "1", machine: "m", address: "::1", connections: 0 };
  const times = { made: "2026-01-01T00:00:00Z", until: "2026-01-01T08:00:00Z" };
  answering({ tokens: [{ ...token, ...times }] });
  assert.equal((await cliTokens())[0]?.lastUsed, undefined);
});
