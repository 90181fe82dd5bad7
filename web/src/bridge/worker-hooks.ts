/** The page's questions as the Go program calls them: nothing but a clear answer is one. */

import type { OpenHooks } from "./bridge.d.ts";
import { BridgeFailure, CODE_CANCELLED } from "./failure.ts";

function stringOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function stringsOrNull(value: unknown, count: number): string[] | null {
  const fits =
    Array.isArray(value) &&
    value.length === count &&
    value.every((item) => typeof item === "string");
  return fits ? (value as string[]) : null;
}

/**
 * Wraps the hooks: true alone trusts a host key, only text is a secret, everything else
 * cancels. After stop() nothing reaches the page any more and every question rejects.
 */
export function workerHooks(page: OpenHooks): { hooks: OpenHooks; stop: () => void } {
  let stopped = false;
  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    if (stopped) {
      throw new BridgeFailure(CODE_CANCELLED, "Nobody is there to answer.");
    }
    return question();
  };
  const tell = (message: () => unknown): void => {
    if (!stopped) {
      // A proxied hook gives a promise; what the page does with the news is its own affair.
      Promise.resolve(message()).catch(() => undefined);
    }
  };
  const hooks: OpenHooks = {
    onState: (state) => {
      tell(() => page.onState(state) as unknown);
    },
    onBanner: (text) => {
      tell(() => page.onBanner(text) as unknown);
    },
    askHostKey: (question) =>
      ask(async () => ((await page.askHostKey(question)) as unknown) === true),
    askPassword: (question) => ask(async () => stringOrNull(await page.askPassword(question))),
    askQuestions: (question) =>
      ask(async () => stringsOrNull(await page.askQuestions(question), question.prompts.length)),
    askKey: (question) => ask(async () => stringOrNull(await page.askKey(question))),
    askPassphrase: (question) => ask(async () => stringOrNull(await page.askPassphrase(question))),
  };
  return {
    hooks,
    stop: () => {
      stopped = true;
    },
  };
}
