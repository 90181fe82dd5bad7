import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { icon } from "../style/icons.ts";
import type { Bookmark } from "./bridge.ts";
import { shownAddress, targetName, type Place } from "./target.ts";

/** One page that can be opened. */
export interface PageRow extends Place {
  readonly name: string;
  /** What else is known: service, program, configuration. */
  readonly about: string;
  /** Gateway and platform would read it. */
  readonly plain: boolean;
}

/** What the rows do. */
export interface PageActions {
  readonly onOpen: (place: Place, how: "tab" | "beside") => void;
  /** undefined where it makes no sense. */
  readonly bookmarkOf: (place: Place) => Bookmark | undefined;
  readonly onBookmark: (row: PageRow) => void;
}

/** A list of pages: one click on the name opens a tab. */
export function pageList(
  label: string,
  rows: readonly PageRow[],
  actions: PageActions,
): TemplateResult {
  return html`<ul class="pages" aria-label=${label}>
    ${repeat(
      rows,
      (row) => targetName(row.target) + row.path,
      (row) => pageRow(row, actions),
    )}
  </ul>`;
}

function pageRow(row: PageRow, actions: PageActions): TemplateResult {
  const where = shownAddress(row.target) + (row.path === "/" ? "" : row.path);
  const marked = actions.bookmarkOf(row) !== undefined;
  return html`<li>
    <button
      type="button"
      class="page"
      title="Open in a new tab"
      @click=${() => {
        actions.onOpen(row, "tab");
      }}
    >
      <span class="name">${row.name}</span>
      <span class="where mono">${where}</span>
      ${row.about === "" ? nothing : html`<span class="quiet about">${row.about}</span>`}
      ${row.plain ? plainMark() : nothing}
    </button>
    <button
      type="button"
      class="tool"
      title="Open beside the terminal"
      aria-label="Open ${row.name} beside the terminal"
      @click=${() => {
        actions.onOpen(row, "beside");
      }}
    >
      ${icon("beside")}
    </button>
    <button
      type="button"
      class="tool"
      title=${marked ? "Remove the bookmark" : "Bookmark"}
      aria-label="Bookmark ${row.name}"
      aria-pressed=${marked ? "true" : "false"}
      @click=${() => {
        actions.onBookmark(row);
      }}
    >
      ${icon(marked ? "starred" : "star")}
    </button>
  </li>`;
}

/** Says that gateway and platform can read the page. */
export function plainMark(): TemplateResult {
  return html`<span class="plain-mark" title="Gateway and platform can read this page"
    >Not end-to-end encrypted</span
  >`;
}
