import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { exactTime } from "../style/format.ts";
import type { ForwardLogEntry } from "./bridge.ts";
import type { OpenForward } from "./open-forward.ts";
import { MAX_ROWS, sizeWord, statusWord } from "./request-log.ts";
import { hostPort } from "./target.ts";

/** The request log of one forward. */
export interface LogView {
  readonly forward: OpenForward;
  readonly filter: string;
  readonly onFilter: (filter: string) => void;
  readonly onClear: () => void;
  readonly onCopy: () => void;
}

/** Renders it: newest first, so that what just happened is in sight. */
export function logView(view: LogView): TemplateResult {
  const { forward, filter } = view;
  const rows = forward.log.rows(filter).reverse();
  return html`<div class="log-view">
    <p class="log-of">Requests of <span class="mono">${hostPort(forward.target)}</span></p>
    <div class="log-tools">
      <label class="sr-only" for="log-filter">Filter by method, path or status</label>
      <input
        id="log-filter"
        type="search"
        autocomplete="off"
        spellcheck="false"
        placeholder="Filter: method, path, status"
        .value=${filter}
        @input=${(event: Event) => {
          view.onFilter((event.target as HTMLInputElement).value);
        }}
      />
      <button type="button" class="small" @click=${view.onCopy}>Copy as text</button>
      <button type="button" class="small" @click=${view.onClear}>Clear</button>
    </div>
    <div
      class="log-scroll"
      tabindex="0"
      role="region"
      aria-label="Requests of ${hostPort(forward.target)}"
    >
      ${rows.length === 0 ? emptyLog(forward) : table(rows)}
    </div>
    ${
      forward.log.dropped > 0
        ? html`<p class="quiet">
            The newest ${String(MAX_ROWS)} are kept; ${String(forward.log.dropped)} older ones were
            dropped.
          </p>`
        : nothing
    }
  </div>`;
}

function emptyLog({ log }: OpenForward): TemplateResult {
  return html`<p class="quiet empty-log">
    ${log.size === 0 ? "No requests yet." : "No request matches the filter."}
  </p>`;
}

function table(rows: readonly ForwardLogEntry[]): TemplateResult {
  return html`<table class="log">
    <thead>
      <tr>
        <th scope="col">Method</th>
        <th scope="col">Path</th>
        <th scope="col">Status</th>
        <th scope="col" class="number">Size</th>
        <th scope="col" class="number">ms</th>
      </tr>
    </thead>
    <tbody>
      ${repeat(rows, ({ id }) => id, logRow)}
    </tbody>
  </table>`;
}

function logRow(entry: ForwardLogEntry): TemplateResult {
  const bad = entry.error !== "" || entry.status >= 400;
  return html`<tr class=${bad ? "bad" : ""}>
    <td>${entry.kind === "socket" ? "WS" : entry.method}</td>
    <td class="path" title=${entry.path}>
      ${entry.path}${entry.error === "" ? nothing : html`<div class="error">${entry.error}</div>`}
    </td>
    <td title=${exactTime(new Date(entry.startedAt))}>${statusWord(entry)}</td>
    <td class="number">${sizeWord(entry)}</td>
    <td class="number">${entry.ms.toFixed(0)}</td>
  </tr>`;
}
