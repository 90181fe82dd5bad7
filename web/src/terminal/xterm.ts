/** xterm.js as this product wants it, with the addons that belong to every terminal. */

import { UnicodeGraphemesAddon } from "@xterm/addon-unicode-graphemes";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal } from "@xterm/xterm";
import type { ITheme } from "@xterm/xterm";
import { openLink } from "./links.ts";

/** Lines kept above the screen. */
const scrollbackLines = 10_000;

/** How the element wants its terminal to look at first. */
export interface Looks {
  fontFamily: string;
  /** CSS pixels. */
  fontSize: number;
  screenReader: boolean;
  theme: ITheme;
}

/** A terminal that is not opened yet; screen is the box it will be opened in. */
export function createTerminal(
  screen: HTMLElement,
  view: Window & typeof globalThis,
  looks: Looks,
): Terminal {
  const terminal = new Terminal({
    allowProposedApi: true, // the grapheme and search addons need it
    cursorBlink: !view.matchMedia("(prefers-reduced-motion: reduce)").matches,
    documentOverride: screen.ownerDocument,
    fontFamily: looks.fontFamily,
    fontSize: looks.fontSize,
    linkHandler: {
      activate: (_event, text) => {
        openLink(view, text);
      },
      hover: (_event, text) => {
        screen.title = text; // an OSC 8 link may show another address than it has
      },
      leave: () => {
        screen.removeAttribute("title");
      },
    },
    logLevel: "off", // noise makes a line for each bad sequence: 4 MB of it took half a minute
    macOptionIsMeta: true,
    minimumContrastRatio: 1.5, // keeps text on its own colour readable, leaves themes alone
    rightClickSelectsWord: false,
    screenReaderMode: looks.screenReader,
    scrollback: scrollbackLines,
    theme: looks.theme,
  });
  terminal.loadAddon(new UnicodeGraphemesAddon());
  terminal.loadAddon(
    new WebLinksAddon((_event, text) => {
      openLink(view, text);
    }),
  );
  return terminal;
}
