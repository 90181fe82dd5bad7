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
  folder: svg`<path d="M3 6.500a1 1 0 0 1 1-1h5l2 2.500h9a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1z"/>`,
  file: svg`<path d="M6 3.500h8l4.500 4.500v12.500H6zM13.500 3.500v5h5"/>`,
  special: svg`<rect x="6.500" y="6.500" width="11" height="11" rx="1.500"/><path d="M10 6.500v-3m4 3v-3m-4 17v-3m4 3v-3m-7.500-7.500h-3m3 4h-3m17-4h-3m3 4h-3"/>`,
  up: svg`<path d="M12 20V5m-6.500 6L12 4.500l6.500 6.500"/>`,
  home: svg`<path d="m3.500 11.500 8.500-7.500 8.500 7.500M6 9.500v10.500h12V9.500"/>`,
  eye: svg`<path d="M2.500 12q9.500-13 19 0-9.500 13-19 0z"/><circle cx="12" cy="12" r="3"/>`,
  upload: svg`<path d="M12 16V4m-5 5 5-5 5 5M4.500 15.500v4.500h15v-4.500"/>`,
  download: svg`<path d="M12 4v12m-5-5 5 5 5-5M4.500 15.500v4.500h15v-4.500"/>`,
  plus: svg`<path d="M12 5v14M5 12h14"/>`,
  more: svg`<path d="M5 12h.1m6.900 0h.1m6.900 0h.1" stroke-width="3"/>`,
  terminal: svg`<rect x="3" y="4.500" width="18" height="15" rx="2"/><path d="m7 9.500 3 2.500-3 2.500m5.500.500H17"/>`,
  edit: svg`<path d="m4.500 19.500 1-4.500L16 4.500l3.500 3.500L9 18.500zM13.500 7l3.500 3.500"/>`,
  pause: svg`<path d="M8.500 5v14m7-14v14"/>`,
  resume: svg`<path d="M7.500 5v14l11-7z"/>`,
  check: svg`<path d="m5 12.500 4.500 4.500L19 7.500"/>`,
} as const;

/** Name of an icon. */
export type IconName = keyof typeof PATHS;

/** An icon, hidden from assistive technology. */
export function icon(name: IconName): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${PATHS[name]}</svg>`;
}
