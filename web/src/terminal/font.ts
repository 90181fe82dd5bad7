/** The terminal's font. */

/** Font sizes in CSS pixels. */
export const fontSizes = { least: 6, usual: 14, most: 48 };

/** Drawn with when the page's style names no font: what systems have for code. */
const usualFamily =
  'ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace';

/** The nearest size that is allowed; nonsense gives the usual one. */
export function clampFont(size: number): number {
  return Number.isFinite(size)
    ? Math.min(Math.max(Math.round(size), fontSizes.least), fontSizes.most)
    : fontSizes.usual;
}

/** What the custom property --porthole-terminal-font of the element says, or the usual one. */
export function fontFamilyOf(element: Element, view: Window): string {
  return (
    view.getComputedStyle(element).getPropertyValue("--porthole-terminal-font").trim() ||
    usualFamily
  );
}
