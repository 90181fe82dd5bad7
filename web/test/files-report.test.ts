import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { TransferReports, type FinishedTransfer } from "../src/files/report.ts";
import type { ConnectionEvent, TransferEvent } from "../src/platform/types.ts";

const transfer: FinishedTransfer = {
  direction: "download",
  result: "done",
  bytes: 10,
  path: "/etc/secret-name",
  sha256: "0a".repeat(32),
};

function reports(logPaths: boolean): { reports: TransferReports; sent: TransferEvent[] } {
  const sent: TransferEvent[] = [];
  const send = (_reference: string, event: ConnectionEvent | TransferEvent): void => {
    if (event.type === "transfer_finished") sent.push(event);
  };
  return { reports: new TransferReports(logPaths, send), sent };
}

await test("a finished transfer is reported at once, without path and hash", (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => {
    mock.timers.reset();
  });
  const { reports: to, sent } = reports(false);
  to.finished("r", transfer);
  assert.equal(sent.length, 1);
  const { at, ...rest } = sent[0] ?? { at: "" };
  assert.ok(!Number.isNaN(Date.parse(at)));
  assert.deepEqual(rest, {
    type: "transfer_finished",
    direction: "download",
    result: "done",
    bytes: 10,
    files: 1,
  });
});

await test("path and hash are reported where the gateway logs them", (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => {
    mock.timers.reset();
  });
  const { reports: to, sent } = reports(true);
  to.finished("r", transfer);
  to.finished("r", { ...transfer, sha256: "" });
  mock.timers.tick(1000);
  assert.deepEqual(
    sent.map(({ path, sha256 }) => [path, sha256]),
    [
      [transfer.path, transfer.sha256],
      [transfer.path, undefined],
    ],
  );
});

await test("a thousand files that finish at once are a few events that lose none", (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => {
    mock.timers.reset();
  });
  for (const logPaths of [false, true]) {
    const { reports: to, sent } = reports(logPaths);
    for (let i = 0; i < 1000; i++) {
      to.finished("r", { ...transfer, result: i % 10 === 0 ? "failed" : "done" });
    }
    let most = sent.length;
    for (let second = 0, before = sent.length; second < 60; second++, before = sent.length) {
      mock.timers.tick(1000);
      most = Math.max(most, sent.length - before);
    }
    assert.ok(most <= 10, `${String(most)} in a second`);
    assert.ok(sent.length <= (logPaths ? 110 : 3), `${String(sent.length)} events`);
    const files = (result: string): number =>
      sent.filter((e) => e.result === result).reduce((sum, e) => sum + e.files, 0);
    assert.deepEqual([files("done"), files("failed")], [900, 100]);
    assert.equal(
      sent.reduce((sum, e) => sum + e.bytes, 0),
      10_000,
    );
  }
});

await test("transfers of two connections are not counted together; flush sends what waits", (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => {
    mock.timers.reset();
  });
  const { reports: to, sent } = reports(false);
  for (const reference of ["a", "b", "b"]) to.finished(reference, transfer);
  to.finished("c", { ...transfer, files: 7 });
  to.flush();
  assert.deepEqual(
    sent.map(({ files }) => files),
    [1, 2, 7],
  );
  mock.timers.tick(5000);
  assert.equal(sent.length, 3);
});
