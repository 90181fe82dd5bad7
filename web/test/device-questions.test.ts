import assert from "node:assert/strict";
import { test } from "node:test";
import { Questions } from "../src/device/questions.ts";

const key = { name: "[localhost.1.t1]:22", algorithm: "ssh-ed25519", fingerprint: "SHA256:x" };

await test("an answer resolves the hook and closes the question", async () => {
  let changes = 0;
  const questions = new Questions(() => {
    changes++;
  });
  const trusted = questions.hooks().askHostKey(key);
  assert.ok(questions.current?.kind === "host-key");
  questions.current.answer(true);
  assert.equal(await trusted, true);
  assert.equal(questions.current, null);
  assert.equal(changes, 2);
});

await test("no answer is a no: cancelled, or asked something else meanwhile", async () => {
  const questions = new Questions(() => undefined);
  const hooks = questions.hooks();
  const trusted = hooks.askHostKey(key);
  const password = hooks.askPassword({ user: "root", attempt: 1 });
  assert.equal(await trusted, false);
  questions.cancel();
  assert.equal(await password, null);
  questions.cancel();
});

await test("an answer that comes late does not answer the next question", async () => {
  const questions = new Questions(() => undefined);
  const hooks = questions.hooks();
  const first = hooks.askPassword({ user: "root", attempt: 1 });
  const old = questions.current;
  assert.ok(old?.kind === "password");
  old.answer("one");
  assert.equal(await first, "one");
  const second = hooks.askPassword({ user: "root", attempt: 2 });
  old.answer("late");
  assert.ok(questions.current?.kind === "password");
  assert.equal(questions.current.attempt, 2);
  questions.cancel();
  assert.equal(await second, null);
});

await test("keyboard-interactive without prompts and text is answered without asking", async () => {
  const questions = new Questions(() => undefined);
  const { askQuestions } = questions.hooks();
  assert.deepEqual(await askQuestions({ name: "", instruction: "", prompts: [] }), []);
  const shown = askQuestions({ name: "", instruction: "Read this.", prompts: [] });
  assert.ok(questions.current?.kind === "prompts");
  questions.current.answer([]);
  assert.deepEqual(await shown, []);
});
