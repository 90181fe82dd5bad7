import type { HostKeyQuestion, OpenHooks } from "../bridge/client.ts";

/** One prompt of keyboard-interactive (RFC 4256 §3.2). */
export interface Prompt {
  readonly text: string;
  /** Whether what is typed may be shown. */
  readonly echo: boolean;
}

/** What the person is asked while a connection opens; `id` tells one asking from the next. */
export type Question = { readonly id: number } & (
  | { readonly kind: "host-key"; readonly key: HostKeyQuestion; answer(trust: boolean): void }
  | {
      readonly kind: "password";
      readonly user: string;
      readonly attempt: number;
      answer(password: string | null): void;
    }
  | {
      readonly kind: "prompts";
      readonly name: string;
      readonly instruction: string;
      readonly prompts: readonly Prompt[];
      answer(texts: string[] | null): void;
    }
  | {
      readonly kind: "key";
      readonly user: string;
      readonly attempt: number;
      readonly error: string;
      answer(key: string | null): void;
    }
  | {
      readonly kind: "passphrase";
      readonly comment: string;
      readonly attempt: number;
      answer(passphrase: string | null): void;
    }
);

/** The hooks that ask; state and banner are the connection's own. */
export type AskingHooks = Omit<OpenHooks, "onState" | "onBanner">;

// Omit on a union keeps only what all members share; this one keeps each member.
type WithoutId<Q> = Q extends unknown ? Omit<Q, "id" | "answer"> : never;

/**
 * Turns the questions of the SSH client into one question at a time for the page, and the
 * page's answer back into a promise. No answer is a "no": deny is the default.
 */
export class Questions {
  /** What is asked now. */
  current: Question | null = null;
  readonly #changed: () => void;
  #refuse: (() => void) | null = null;
  #nextId = 1;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** The hooks to open a connection with. */
  hooks(): AskingHooks {
    return {
      askHostKey: (key) => this.#ask<boolean>({ kind: "host-key", key }, false),
      askPassword: (question) => this.#ask<string | null>({ kind: "password", ...question }, null),
      askQuestions: (question) =>
        question.prompts.length === 0 && question.name === "" && question.instruction === ""
          ? Promise.resolve([]) // RFC 4256 §3.2 allows none; there is nothing to ask
          : this.#ask<string[] | null>({ kind: "prompts", ...question }, null),
      askKey: (question) => this.#ask<string | null>({ kind: "key", ...question }, null),
      askPassphrase: (question) =>
        this.#ask<string | null>({ kind: "passphrase", ...question }, null),
    };
  }

  /** Answers "no" to what is asked now: the connection ended meanwhile. */
  cancel(): void {
    this.#refuse?.();
  }

  #ask<T>(question: WithoutId<Question>, no: T): Promise<T> {
    this.cancel();
    return new Promise((resolve) => {
      const id = this.#nextId++;
      const answer = (value: T): void => {
        if (this.current?.id !== id) return;
        this.current = null;
        this.#refuse = null;
        this.#changed();
        resolve(value);
      };
      this.current = { ...question, id, answer } as unknown as Question;
      this.#refuse = () => {
        answer(no);
      };
      this.#changed();
    });
  }
}
