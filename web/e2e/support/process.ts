/** Child processes of the tests: started with a condition that says they are ready, ended by id. */

import { spawn, type ChildProcess } from "node:child_process";
import type { Socket } from "node:net";

export interface Child {
  readonly process: ChildProcess;
  /** Everything it printed so far, both streams. */
  output(): string;
  /** Resolves with the first match in its output. */
  match(pattern: RegExp, timeoutMs?: number): Promise<RegExpMatchArray>;
  /** Types a line into its standard input. */
  type(line: string): void;
  /** SIGTERM, then SIGKILL after five seconds; resolves when it is gone. */
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<number | null>;
}

/** Starts a program. Its output is kept and shown when a wait for it fails. */
export function start(command: string, args: string[], env: Record<string, string> = {}): Child {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: "pipe" });
  let text = "";
  const listeners = new Set<() => void>();
  const take = (chunk: Buffer) => {
    text += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const exited = new Promise<number | null>((resolve) => {
    child.once("error", (error) => {
      text += `\n${error.message}`;
      resolve(null);
    });
    child.once("exit", resolve);
  });
  void exited.then(() => {
    for (const listener of listeners) listener();
  });
  // A server that a failed test left behind keeps no run alive; waits hold timers of their own.
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as Socket).unref();
  // A test run that is interrupted leaves no server behind.
  const reap = () => child.kill("SIGKILL");
  process.once("exit", reap);
  void exited.then(() => process.off("exit", reap));

  return {
    process: child,
    exited,
    output: () => text,
    match: (pattern, timeoutMs = 20_000) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = text.match(pattern);
          if (found !== null)
            finish(() => {
              resolve(found);
            });
          else if (child.exitCode !== null)
            finish(() => {
              reject(new Error(`${command} ended (${child.exitCode}) before ${pattern}:\n${text}`));
            });
        };
        const timer = setTimeout(() => {
          finish(() => {
            reject(new Error(`${command} did not print ${pattern}:\n${text}`));
          });
        }, timeoutMs);
        const finish = (settle: () => void) => {
          clearTimeout(timer);
          listeners.delete(look);
          settle();
        };
        listeners.add(look);
        look();
      }),
    type: (line) => child.stdin.write(`${line}\n`),
    kill: (signal) => child.kill(signal),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.stdin.end();
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await exited;
      clearTimeout(timer);
    },
  };
}
