/** Questions with fields. Each draws itself anew on each call, and keeps what was typed. */

import { html, nothing, type TemplateResult } from "lit";
import { dialog } from "../../style/dialog.ts";

/** Draws a question; redraw is called when something of it changed. */
export type Draw<T> = (answer: (value: T) => void) => TemplateResult;

/** One field of a small form. */
export interface Field {
  readonly id: string;
  readonly label: string;
  value: string;
  readonly hint?: string;
}

interface FormParts {
  readonly label: string;
  readonly intro?: unknown;
  readonly fields: readonly Field[];
  readonly more?: () => unknown;
  readonly yes: string;
  /** Why it cannot be; "" when it can. */
  readonly problem: () => string;
  readonly redraw: () => void;
}

/** Fields, and a button that works when what they hold is right. */
export function form(parts: FormParts): Draw<boolean> {
  let tried = false;
  /** The last one that was told: its room stays, so that no button moves away under the pointer. */
  let told = "";
  return (answer) => {
    const problem = parts.problem();
    if (tried && problem !== "") told = problem;
    return dialog({
      label: parts.label,
      body: html`${parts.intro ?? nothing}
      ${parts.fields.map(
        (field, index) =>
          html`<div class="field">
            <label for=${field.id}>${field.label}</label>
            <input
              id=${field.id}
              ?autofocus=${index === 0}
              autocomplete="off"
              autocapitalize="off"
              spellcheck="false"
              aria-describedby=${tried && problem !== "" ? "form-problem" : nothing}
              .value=${field.value}
              @input=${(event: Event) => {
                field.value = (event.target as HTMLInputElement).value;
                parts.redraw();
              }}
            />
            ${field.hint === undefined ? nothing : html`<span class="hint">${field.hint}</span>`}
          </div>`,
      )}
      ${parts.more?.() ?? nothing}
      ${
        told === ""
          ? nothing
          : html`<div
              id="form-problem"
              class="note bad"
              role="alert"
              style=${problem === "" ? "visibility: hidden" : ""}
            >
              ${told}
            </div>`
      }`,
      buttons: html`<button
          type="button"
          @click=${() => {
            answer(false);
          }}
        >
          Cancel
        </button>
        <button type="submit" class="primary">${parts.yes}</button>`,
      onCancel: () => {
        answer(false);
      },
      onSubmit: () => {
        tried = true;
        if (parts.problem() === "") answer(true);
        else parts.redraw();
      },
    });
  };
}

/** Turns the yes or no of a form into what it holds. */
export function valued<T>(draw: Draw<boolean>, value: () => T): Draw<T | null> {
  return (answer) =>
    draw((yes) => {
      answer(yes ? value() : null);
    });
}
