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
  ports: svg`<rect x="3" y="5" width="18" height="14" rx="2"/><path d="M3 9.5h18M6 7.3v-.1m2.5.1v-.1"/>`,
  beside: svg`<rect x="3" y="5" width="18" height="14" rx="2"/><path d="M12.5 5v14"/>`,
  tab: svg`<path d="M11 5H6a1 1 0 0 0-1 1v12a1 1 0 0 0 1 1h12a1 1 0 0 0 1-1v-5M14 4h6v6m-.5-5.500L11.500 12.500"/>`,
  reload: svg`<path d="M19.500 12a7.500 7.500 0 1 1-2.200-5.300L20 9.500m0-5.500v5.500h-5.500"/>`,
  close: svg`<path d="m6 6 12 12M18 6 6 18"/>`,
  link: svg`<path d="M10 14a4 4 0 0 0 5.700.300l3-3a4 4 0 0 0-5.700-5.700l-1.500 1.500M14 10a4 4 0 0 0-5.700-.300l-3 3a4 4 0 0 0 5.700 5.700l1.500-1.500"/>`,
  clear: svg`<path d="M4.500 7h15M9.500 7V4.500h5V7M6.500 7l1 12.500h9l1-12.500M10.500 11v5m3-5v5"/>`,
  star: svg`<path d="m12 3.500 2.600 5.400 5.900.8-4.300 4.100 1 5.900L12 16.900l-5.200 2.800 1-5.900L3.500 9.700l5.900-.8z"/>`,
  starred: svg`<path fill="currentcolor" d="m12 3.500 2.600 5.400 5.900.8-4.300 4.100 1 5.900L12 16.900l-5.200 2.800 1-5.900L3.500 9.700l5.900-.8z"/>`,
} as const;

/** Name of an icon. */
export type IconName = keyof typeof PATHS;

/** An icon, hidden from assistive technology. */
export function icon(name: IconName): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${PATHS[name]}</svg>`;
}
