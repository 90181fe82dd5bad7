/** The page's questions as the Go program calls them: nothing but a clear answer is one. */

import type { OpenHooks } from "./bridge.d.ts";
import { BridgeFailure, CODE_CANCELLED } from "./failure.ts";

/** The types promise a boolean; what crossed a thread boundary is looked at again. */
function isTrue(value: unknown): boolean {
  return value === true;
}

function stringOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function stringsOrNull(value: unknown, count: number): string[] | null {
  const fits =
    Array.isArray(value) &&
    value.length === count &&
    value.every((item) => typeof item === "string");
  return fits ? value : null;
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
  const tell = async (message: () => unknown): Promise<void> => {
    if (!stopped) {
      try {
        await message(); // a proxied hook gives a promise
      } catch {
        // What the page does with the news is its own affair.
      }
    }
  };
  const hooks: OpenHooks = {
    onState: (state) => {
      void tell(() => {
        page.onState(state);
      });
    },
    onBanner: (text) => {
      void tell(() => {
        page.onBanner(text);
      });
    },
    askHostKey: (question) => ask(async () => isTrue(await page.askHostKey(question))),
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
