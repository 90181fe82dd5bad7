/** Watches what surrounds a terminal: its box, the colours of the page, the clipboard. */

/** What to do on each change. */
export interface SurroundingsHandlers {
  resized(): void;
  recolored(): void;
  pasted(text: string): void;
}

/** Watches until the signal aborts; screen is the box xterm.js was opened in. */
export function watchSurroundings(
  element: HTMLElement,
  screen: HTMLElement,
  view: Window & typeof globalThis,
  signal: AbortSignal,
  handlers: SurroundingsHandlers,
): void {
  const sizes = new view.ResizeObserver(() => {
    handlers.resized();
  });
  sizes.observe(element);
  const scheme = new view.MutationObserver(() => {
    handlers.recolored();
  });
  scheme.observe(element.ownerDocument.documentElement, {
    attributeFilter: ["class", "style", "data-theme"],
  });
  signal.addEventListener("abort", () => {
    sizes.disconnect();
    scheme.disconnect();
  });
  view.matchMedia("(prefers-color-scheme: dark)").addEventListener(
    "change",
    () => {
      handlers.recolored();
    },
    { signal },
  );
  // Before xterm.js, which would send a paste of megabytes as one key.
  screen.addEventListener(
    "paste",
    (event) => {
      event.preventDefault();
      event.stopPropagation();
      handlers.pasted(event.clipboardData?.getData("text/plain") ?? "");
    },
    { capture: true, signal },
  );
}
