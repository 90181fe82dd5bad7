import { html, nothing, type TemplateResult } from "lit";
import { shownName } from "../names.ts";
import type { FilesActions } from "./actions.ts";
import type { FilesDesk } from "./desk.ts";
import { byteCount } from "../../style/format.ts";
import { limitsLine } from "./allowed.ts";
import { icon } from "../../style/icons.ts";

/** What is said over, in the place of, and below the list. */
export interface Notes {
  readonly desk: FilesDesk;
  readonly actions: FilesActions;
  /** What was done last, in a sentence; "" for nothing. */
  readonly said: string;
  readonly onConnect: () => void;
  readonly onReload: () => void;
  readonly onOpen: () => void;
}

/** Lines over the list: limits, what went wrong, what is under way. */
export function noteLines({ desk, actions, onReload }: Notes): TemplateResult {
  const limits = limitsLine(desk.limits);
  const { tasks } = actions;
  const listed = desk.listing.entries.length;
  return html`${
    limits === "" ? nothing : html`<p class="line quiet" data-test="limits">${limits}</p>`
  }
  ${
    tasks.busy === ""
      ? nothing
      : html`<div class="line busy" data-test="task">
          <span role="status">${tasks.busy}</span>
          <button
            type="button"
            class="small"
            @click=${() => {
              tasks.cancel();
            }}
          >
            Cancel
          </button>
        </div>`
  }
  ${
    tasks.trouble === null
      ? nothing
      : html`<div class="line note bad" role="alert" data-test="action-problem">
          <span>${tasks.trouble.text}</span>
          <button
            type="button"
            class="tool"
            aria-label="Dismiss"
            @click=${() => {
              tasks.dismiss();
            }}
          >
            ${icon("close")}
          </button>
        </div>`
  }
  ${
    desk.trouble !== null && desk.access === "open" && listed > 0
      ? html`<div class="line note warn" role="alert" data-test="list-problem">
          <span>${desk.trouble.text} Shown is what came: ${listed.toLocaleString("en")}.</span>
          <button type="button" class="small" @click=${onReload}>Try again</button>
        </div>`
      : nothing
  }`;
}

/** What stands in the place of the list; null when there are rows. */
export function emptyState(notes: Notes): TemplateResult | null {
  const { desk, onConnect, onReload, onOpen } = notes;
  const { listing } = desk;
  if (desk.access === "failed" || (desk.access === "open" && listing.phase === "failed")) {
    if (listing.rows.length > 0 && desk.access === "open") return null;
    const again = desk.access === "failed" ? onOpen : onReload;
    return state(
      html`<p class="note bad" role="alert" data-test="problem">${desk.trouble?.text}</p>
        <button type="button" @click=${again}>Try again</button>`,
    );
  }
  if (listing.rows.length > 0) return null;
  if (desk.access === "none") {
    return state(
      html`<p>Files come over the SSH connection to the device.</p>
        <button type="button" class="primary" data-test="files-connect" @click=${onConnect}>
          Connect by SSH
        </button>`,
    );
  }
  if (desk.access === "opening")
    return state(html`<p role="status">Opening the device's files …</p>`);
  if (listing.phase === "reading" || listing.phase === "idle") {
    return state(listing.slow ? nothing : html`<p class="sr-only" role="status">Reading</p>`);
  }
  return state(nothingShown(desk));
}

function nothingShown(desk: FilesDesk): TemplateResult {
  const { entries, view } = desk.listing;
  if (view.filter.trim() !== "" && entries.length > 0) {
    return html`<p>No name here contains “${shownName(view.filter.trim())}”.</p>
      <button
        type="button"
        @click=${() => {
          desk.listing.show({ ...view, filter: "" });
        }}
      >
        Clear the filter
      </button>`;
  }
  if (entries.length > 0) {
    return html`<p>Only hidden files are here.</p>
      <button
        type="button"
        @click=${() => {
          desk.listing.show({ ...view, hidden: true });
        }}
      >
        Show them
      </button>`;
  }
  return html`<p data-test="empty">This folder is empty.</p>`;
}

function state(content: unknown): TemplateResult {
  return html`<div class="state">${content}</div>`;
}

/** What was done last, over the lower edge of the list: nothing moves for it. */
export function saidLine({ said }: Notes): TemplateResult {
  return html`<p class="said" role="status" data-test="said">${said}</p>`;
}

/** The line below: how many, what is selected, free space, and how the files are reached. */
export function footer({ desk }: Notes): TemplateResult {
  const { listing, files, space } = desk;
  return html`<div class="state-line">
    <span data-test="figures">${figures(desk)}</span>
    ${
      listing.slow
        ? html`<span class="reading"
            ><span class="spinner" aria-hidden="true"></span>
            <span role="status">Reading … ${listing.found.toLocaleString("en")}</span>
            <button
              type="button"
              class="small plain"
              data-test="stop-reading"
              @click=${() => {
                listing.stop();
              }}
            >
              Stop
            </button></span
          >`
        : nothing
    }
    ${
      space === null
        ? nothing
        : html`<span class="quiet space" data-test="space"
            >${byteCount(space.free)} free of ${byteCount(space.total)}</span
          >`
    }
    ${files === null ? nothing : backend(files.info)}
  </div>`;
}

function backend(info: { backend: "sftp" | "shell"; missing: readonly string[] }): TemplateResult {
  const { missing } = info;
  if (info.backend === "sftp") {
    return html`<span class="quiet backend" data-test="backend" title="Files over SFTP"
      >SFTP</span
    >`;
  }
  const why = "The device has no SFTP: files go by its shell's tools, which is slower.";
  const without = missing.length === 0 ? "" : ` It does without: ${missing.join(", ")}.`;
  return html`<details class="backend" data-test="backend">
    <summary>shell tools</summary>
    <p>${why}${without}</p>
  </details>`;
}

function figures({ listing, selection, chosen }: FilesDesk): string {
  const { rows, entries, phase, view } = listing;
  if (phase === "idle") return "";
  if (selection.size > 0) {
    const bytes = chosen.reduce((sum, { type, size }) => sum + (type === "file" ? size : 0), 0);
    const of = `${selection.size.toLocaleString("en")} of ${rows.length.toLocaleString("en")} selected`;
    return bytes > 0 ? `${of}, ${byteCount(bytes)}` : of;
  }
  const count = rows.length;
  const left = entries.length - count;
  const hiding =
    left > 0 ? ` (${left.toLocaleString("en")} ${view.filter === "" ? "hidden" : "more"})` : "";
  const stopped = phase === "stopped" ? ", reading was stopped" : "";
  return `${count.toLocaleString("en")} ${count === 1 ? "entry" : "entries"}${hiding}${stopped}`;
}
