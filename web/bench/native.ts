/** The limits: OpenSSH's own client against the same sshd. */

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Peer {
  host: string;
  port: number;
  user: string;
  privateKey: string;
}

/** What follows a prompt is nothing: the last characters say that a shell waits. */
const PROMPT = /[$#%>] ?$/;

export interface NativeSSH {
  /** ms from start of the program to the first prompt. */
  connectMs: number;
  /** ms from each key to its echo. */
  echo(count: number): Promise<number[]>;
  close(): void;
}

/** Starts `ssh -tt` to the peer and waits for its prompt. */
export async function nativeSSH(peer: Peer): Promise<NativeSSH> {
  const folder = mkdtempSync(join(tmpdir(), "porthole-native-"));
  const key = join(folder, "key");
  writeFileSync(key, peer.privateKey, { mode: 0o600 });
  const options = [
    "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
    "IdentitiesOnly=yes",
    "LogLevel=ERROR",
  ];
  const start = performance.now();
  const child = spawn(
    "ssh",
    [
      ...["-F", "/dev/null", "-tt", "-i", key, "-p", String(peer.port)],
      ...options.flatMap((o) => ["-o", o]),
      `${peer.user}@${peer.host}`,
    ],
    { env: { ...process.env, TERM: "xterm-256color" } },
  );
  let text = "";
  let wake: () => void = () => undefined;
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    wake();
  });
  const until = async (test: () => boolean): Promise<void> => {
    const deadline = setTimeout(() => child.kill(), 20_000);
    while (!test()) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`ssh ended: ${text}`);
      await new Promise<void>((resolve) => (wake = resolve));
    }
    clearTimeout(deadline);
  };
  child.once("exit", () => {
    wake();
  });
  await until(() => PROMPT.test(text));
  const connectMs = performance.now() - start;
  return {
    connectMs,
    echo: async (count) => {
      child.stdin.write("cat\r");
      await new Promise((resolve) => setTimeout(resolve, 300));
      const times: number[] = [];
      for (let i = 0; i < count; i++) {
        const before = text.length;
        const at = performance.now();
        child.stdin.write("x");
        await until(() => text.length > before);
        times.push(performance.now() - at);
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      return times;
    },
    close: () => {
      child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
