/** Asks before something is lost. */

import { html, nothing, type TemplateResult } from "lit";
import type { TreeCount } from "../../bridge/files.ts";
import { dialog } from "../../style/dialog.ts";
import { byteCount } from "../../style/format.ts";
import type { Draw } from "./form.ts";
import { nameText } from "./grid-row.ts";

/** Above this many the number has to be typed. */
export const TYPED_ABOVE = 100;

/** What is known of what would be deleted. */
export interface Deletion {
  readonly names: readonly string[];
  readonly directory: string;
  /** What was counted so far. */
  count: TreeCount;
  /** It is counted to the end. */
  counted: boolean;
  /** Why it could not be counted; "" otherwise. */
  problem: string;
}

/** How many things a count is. */
export function countOf({ files, folders, others }: TreeCount): number {
  return files + folders + others;
}

/** Asks before something is deleted: what, where, and how many. */
export function deleteDialog(about: Deletion, redraw: () => void): Draw<boolean> {
  let typed = "";
  return (answer) => {
    const { count, counted, problem } = about;
    const total = countOf(count);
    const mustType = counted && total > TYPED_ABOVE;
    const ready =
      (counted || problem !== "") && (!mustType || typed.replace(/\D/g, "") === String(total));
    return dialog({
      label:
        about.names.length === 1
          ? "Delete this?"
          : `Delete these ${about.names.length.toString()}?`,
      body: html`<p class="delete-names">
          ${about.names.slice(0, 5).map((name) => html`<strong>${nameText(name)}</strong> `)}${
            about.names.length > 5 ? `and ${String(about.names.length - 5)} more ` : nothing
          }
          <span class="quiet">in <span class="mono">${nameText(about.directory)}</span></span>
        </p>
        <p role="status" data-test="delete-count">${countText(about)}</p>
        ${problem === "" ? nothing : html`<div class="note warn">${problem}</div>`}
        <p>It is removed from the device for good: there is no trash.</p>
        ${
          mustType
            ? typedNumber(total, (text) => {
                typed = text;
                redraw();
              })
            : nothing
        }`,
      buttons: html`<button
          type="button"
          ?autofocus=${!mustType}
          @click=${() => {
            answer(false);
          }}
        >
          Cancel
        </button>
        <button type="submit" class="danger" ?disabled=${!ready}>Delete</button>`,
      onCancel: () => {
        answer(false);
      },
      onSubmit: () => {
        if (ready) answer(true);
      },
    });
  };
}

function countText({ count, counted, problem }: Deletion): string {
  const parts = [
    plural(count.files, "file", "files"),
    plural(count.folders, "folder", "folders"),
    plural(count.others, "other", "others"),
  ].filter((part) => part !== "");
  const sum = parts.length === 0 ? "Nothing" : parts.join(", ");
  const bytes = count.bytes > 0 ? `, ${byteCount(count.bytes)}` : "";
  if (counted) return `${sum}${bytes}.`;
  return problem === ""
    ? `Counting … ${sum.toLowerCase()} so far`
    : `At least ${sum.toLowerCase()}.`;
}

function plural(count: number, one: string, many: string): string {
  if (count === 0) return "";
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

function typedNumber(total: number, changed: (text: string) => void): TemplateResult {
  return html`<div class="field">
    <label for="delete-typed"
      >Type how many (<span class="mono">${String(total)}</span>) to go ahead</label
    >
    <input
      id="delete-typed"
      autofocus
      autocomplete="off"
      inputmode="numeric"
      @input=${(event: Event) => {
        changed((event.target as HTMLInputElement).value);
      }}
    />
  </div>`;
}

/** Asks before something that is there is replaced. */
export function replaceDialog(name: string, into: string): Draw<boolean> {
  return (answer) =>
    dialog({
      label: "Replace it?",
      body: html`<p>
        <strong>${nameText(name)}</strong> is in
        <span class="mono">${nameText(into)}</span> already. What is there would be gone.
      </p>`,
      buttons: html`<button
          type="button"
          autofocus
          @click=${() => {
            answer(false);
          }}
        >
          Keep it
        </button>
        <button type="submit" class="danger">Replace</button>`,
      onCancel: () => {
        answer(false);
      },
      onSubmit: () => {
        answer(true);
      },
    });
}
