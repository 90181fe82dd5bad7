import { html, svg, type TemplateResult } from "lit";

/** Line icons on a 24×24 grid, drawn for this page; decoration only, the word stands beside. */
const PATHS = {
  porthole: svg`<circle cx="12" cy="12" r="9.5"/><circle cx="12" cy="12" r="5.5"/><path d="M7 13.5q2.5-2 5 0t5 0"/>`,
  chevron: svg`<path d="m9 5 7 7-7 7"/>`,
  back: svg`<path d="m15 5-7 7 7 7"/>`,
  search: svg`<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>`,
  key: svg`<circle cx="8" cy="15" r="4.5"/><path d="M11.5 11.5 20 3m-3.5 3.5 3 3"/>`,
  warning: svg`<path d="M12 3.5 22 20.5H2zM12 10v5m0 2.8v.2"/>`,
  enter: svg`<path d="M20 5v8H5m4.5-4.5L5 13l4.5 4.5"/>`,
} as const;

/** Name of an icon. */
export type IconName = keyof typeof PATHS;

/** An icon, hidden from assistive technology. */
export function icon(name: IconName): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${PATHS[name]}</svg>`;
}
