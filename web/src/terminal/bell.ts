/** Shows the bell: a class on the frame for a moment. */

/** How long the bell shows, ms. */
const bellMs = 150;

/** Noise rings a hundred times a second: one bell at a time is told. */
export class Bell {
  readonly #view: Window;
  readonly #tell: () => void;
  #timer: number | undefined;

  /** tell is called once for each bell that shows. */
  constructor(view: Window, tell: () => void) {
    this.#view = view;
    this.#tell = tell;
  }

  /** Rings, unless the last bell still shows. */
  ring(frame: Element | null): void {
    if (this.#timer !== undefined) {
      return;
    }
    frame?.classList.add("bell");
    this.#timer = this.#view.setTimeout(() => {
      this.#timer = undefined;
      frame?.classList.remove("bell");
    }, bellMs);
    this.#tell();
  }
}
