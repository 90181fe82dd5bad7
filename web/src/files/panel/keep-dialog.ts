/** Asks what transfers keep of a file besides its bytes. */

import { html, type TemplateResult } from "lit";
import type { KeepOptions } from "../transfers/types.ts";
import { form, valued, type Draw } from "./form.ts";

type Keeps = Required<KeepOptions>;

/** What was chosen, and for how long. */
export interface Keeping extends Keeps {
  /** For this device in this browser; else until the page is closed. */
  readonly remember: boolean;
}

export function keepDialog(now: Keeps, redraw: () => void): Draw<Keeping | null> {
  const chosen = { ...now, remember: true };
  const box = (name: keyof Keeping, label: string, hint: string, first = false): TemplateResult =>
    html`<div class="field">
      <label class="check">
        <input
          type="checkbox"
          data-test=${name}
          ?autofocus=${first}
          aria-describedby=${`${name}-hint`}
          .checked=${chosen[name]}
          @change=${(event: Event) => {
            chosen[name] = (event.target as HTMLInputElement).checked;
          }}
        />
        ${label}
      </label>
      <span class="hint" id=${`${name}-hint`}>${hint}</span>
    </div>`;
  const draw = form({
    ...{ label: "Transfer options", yes: "Use these", fields: [], redraw },
    intro: html`<p>For transfers that begin from now on.</p>`,
    problem: () => "",
    more: () => [
      box(
        "keepModified",
        "Keep modified time",
        "Of uploads, and of files in a zip. Other downloads have the time at which they were saved: browsers set no other.",
        true,
      ),
      box(
        "keepMode",
        "Keep permissions",
        "An upload that replaces a file keeps that one’s permissions and owner; files in a zip keep the device’s permissions.",
      ),
      box(
        "remember",
        "Remember for this device",
        "In this browser. Otherwise until this page is closed.",
      ),
    ],
  });
  return valued(draw, () => ({ ...chosen }));
}

/** What is said after it. */
export function keepSentence({ keepModified, keepMode }: Keeps): string {
  if (keepModified && keepMode) return "Transfers keep modified time and permissions.";
  if (!keepModified && !keepMode) return "Transfers keep neither modified time nor permissions.";
  return keepModified
    ? "Transfers keep modified time, not permissions."
    : "Transfers keep permissions, not modified time.";
}
