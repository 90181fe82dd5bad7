/** auto follows the system. */
export type Theme = "auto" | "light" | "dark";

const KEY = "porthole-theme";

/** The theme that was chosen in this browser. */
export function storedTheme(): Theme {
  try {
    return asTheme(localStorage.getItem(KEY));
  } catch {
    return "auto"; // storage is switched off
  }
}

/** Shows a theme and remembers it where the browser lets us. */
export function applyTheme(theme: Theme): void {
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // it lasts until the page closes
  }
}

/** Reads a theme from text; anything unknown is auto. */
export function asTheme(text: string | null): Theme {
  return text === "light" || text === "dark" ? text : "auto";
}
