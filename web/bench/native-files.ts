/** The limits of files: OpenSSH's own sftp and scp against the same sshd. */

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Peer } from "./native.ts";

export interface NativeFiles {
  /** ms of a batch of sftp commands, without those of connecting. */
  sftp(batch: string): Promise<number>;
  /** ms of one copy by scp, without those of connecting; paths of the device begin with ":". */
  scp(from: string, to: string): Promise<number>;
  close(): void;
}

/** port: another than the peer's own, such as that of a delay. */
export async function nativeFiles(peer: Peer, port = peer.port): Promise<NativeFiles> {
  const folder = mkdtempSync(join(tmpdir(), "porthole-native-"));
  const key = join(folder, "key");
  writeFileSync(key, peer.privateKey, { mode: 0o600 });
  const options = [
    ...["-F", "/dev/null", "-i", key, "-P", String(port)],
    ...["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"],
    ...["-o", "IdentitiesOnly=yes", "-o", "LogLevel=ERROR"],
  ];
  const host = `${peer.user}@${peer.host}`;
  const timed = (program: string, args: string[], input: string) =>
    new Promise<number>((resolve, reject) => {
      const start = performance.now();
      const child = spawn(program, args, { stdio: ["pipe", "ignore", "pipe"] });
      let said = "";
      child.stderr.on("data", (data: Buffer) => (said += data.toString()));
      child.once("error", reject);
      child.once("exit", (code) => {
        if (code === 0) resolve(performance.now() - start);
        else reject(new Error(`${program} ended with ${code}: ${said}`));
      });
      child.stdin.end(input);
    });
  const sftp = (batch: string) => timed("sftp", [...options, "-b", "-", host], `${batch}\n`);
  const connecting: number[] = [];
  for (let i = 0; i < 3; i++) connecting.push(await sftp("pwd"));
  const idle = Math.min(...connecting);
  return {
    sftp: async (batch) => (await sftp(batch)) - idle,
    scp: async (from, to) => {
      const [a, b] = [from, to].map((path) => (path.startsWith(":") ? `${host}${path}` : path));
      return (await timed("scp", [...options, "-q", a ?? "", b ?? ""], "")) - idle;
    },
    close: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
