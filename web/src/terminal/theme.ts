/** Colours of the screen: 16 ANSI colours per scheme, the rest from the page's own style. */

import type { ITheme } from "@xterm/xterm";

/** Colours with at least 4.5:1 on the dark ground, but black, which is a background. */
const dark: ITheme = {
  black: "#1d242b",
  red: "#ff8f86",
  green: "#6fd08c",
  yellow: "#e5c07b",
  blue: "#7fb4ff",
  magenta: "#d8a0f0",
  cyan: "#62c4d8",
  white: "#d5dce3",
  brightBlack: "#8a96a3",
  brightRed: "#ffb0aa",
  brightGreen: "#95e2aa",
  brightYellow: "#f5d99a",
  brightBlue: "#a8ccff",
  brightMagenta: "#e8c2f7",
  brightCyan: "#93dcea",
  brightWhite: "#ffffff",
};

/** The same on the light ground; white and bright white are backgrounds there. */
const light: ITheme = {
  black: "#16202a",
  red: "#b3261e",
  green: "#1a6e3c",
  yellow: "#7a5200",
  blue: "#0b57b8",
  magenta: "#8a2fa8",
  cyan: "#0a6678",
  white: "#e3e8ed",
  brightBlack: "#5b6773",
  brightRed: "#9c1a13",
  brightGreen: "#115a2e",
  brightYellow: "#664400",
  brightBlue: "#08458f",
  brightMagenta: "#6f2188",
  brightCyan: "#07505f",
  brightWhite: "#f7f9fb",
};

/** Marks of the search, as the search addon wants them: #RRGGBB only. */
export interface SearchColors {
  matchBackground: string;
  activeMatchBackground: string;
  matchOverviewRuler: string;
  activeMatchColorOverviewRuler: string;
}

/** Reads the colours that the style sheet has put on the screen; it resolves the scheme. */
export function themeOf(screen: HTMLElement): { theme: ITheme; search: SearchColors } {
  const view = screen.ownerDocument.defaultView;
  const style = view?.getComputedStyle(screen);
  const background = style?.backgroundColor ?? "#101418";
  const foreground = style?.color ?? "#e8edf2";
  const isDark = lightness(background) < 0.5;
  return {
    theme: {
      ...(isDark ? dark : light),
      background,
      foreground,
      cursor: style?.caretColor ?? foreground,
      cursorAccent: background,
      selectionBackground: isDark ? "#3b6ea5a0" : "#9cc4f0b0",
    },
    search: isDark ? marks("#5c4a12", "#b07d00") : marks("#ffe9a8", "#ffc233"),
  };
}

function marks(match: string, active: string): SearchColors {
  return {
    matchBackground: match,
    activeMatchBackground: active,
    matchOverviewRuler: match,
    activeMatchColorOverviewRuler: active,
  };
}

/** Rough lightness 0–1 of a computed colour, "rgb(16, 20, 24)"; 0 for anything else. */
export function lightness(color: string): number {
  const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return (0.299 * red + 0.587 * green + 0.114 * blue) / 255;
}
