/** How long the title of the tab stays one way or the other. */
const FLASH_MS = 1_000;

/** Flashes a word in the title of the tab while the person is wanted and looks elsewhere. */
export class Attention {
  readonly #say: (text: string) => void;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** say gets the word, and "" in between and at the end. */
  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  /** Begins; "" ends it. In a tab that is in sight the word just stands there. */
  show(text: string): void {
    clearInterval(this.#timer);
    this.#say(text);
    if (text === "") return;
    let on = true;
    this.#timer = setInterval(() => {
      on = !on || document.visibilityState === "visible";
      this.#say(on ? text : "");
    }, FLASH_MS);
  }
}
