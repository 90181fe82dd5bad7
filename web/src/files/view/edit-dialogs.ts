/** What the editor asks before it writes. */

import { html, type TemplateResult } from "lit";
import { dialog } from "../../style/dialog.ts";
import { nameOf, shownPath } from "./sentences.ts";

/** A question that is open. */
export type Question =
  | { kind: "conflict"; gone: boolean }
  | { kind: "reload" }
  | { kind: "encoding"; lacks: string }
  | { kind: "elsewhere"; path: string; failure: string };

export interface Answers {
  readonly cancel: () => void;
  readonly overwrite: () => void;
  readonly difference: () => void;
  readonly reload: () => void;
  readonly elsewhere: () => void;
  readonly saveTo: (path: string) => void;
  readonly asUtf8: () => void;
}

/** The dialog of a question about a file. */
export function questionDialog(asked: Question, path: string, answers: Answers): TemplateResult {
  const name = shownPath(nameOf(path));
  switch (asked.kind) {
    case "conflict":
      return asked.gone ? goneDialog(name, answers) : conflictDialog(name, answers);
    case "reload":
      return dialog({
        label: "Take the device's version?",
        body: html`<p>
          Your changes to <span class="mono">${name}</span> go away; Ctrl+Z brings them back as long
          as the file stays open here.
        </p>`,
        buttons: html`${cancelButton(answers)}
          <button type="button" class="danger" @click=${answers.reload}>Reload</button>`,
        onCancel: answers.cancel,
      });
    case "encoding":
      return dialog({
        label: "Save as UTF-8?",
        body: html`<p>
          <span class="mono">${name}</span> is in Latin-1, which has no “${asked.lacks}”. In UTF-8
          it can be saved; check that the program that reads the file understands that.
        </p>`,
        buttons: html`${cancelButton(answers)}
          <button type="button" class="primary" @click=${answers.asUtf8}>Save as UTF-8</button>`,
        onCancel: answers.cancel,
      });
    case "elsewhere":
      return elsewhereDialog(asked, answers);
  }
}

function conflictDialog(name: string, answers: Answers): TemplateResult {
  return dialog({
    label: "The file has changed on the device",
    body: html`<p>
      Something else wrote <span class="mono">${name}</span> since you opened it. Saving would undo
      what was written there.
    </p>`,
    buttons: html`${cancelButton(answers)}
      <button type="button" class="danger" @click=${answers.overwrite}>Overwrite</button>
      <button type="button" @click=${answers.reload}>Reload, drop mine</button>
      <button type="button" @click=${answers.elsewhere}>Save as …</button>
      <button type="button" class="primary" @click=${answers.difference}>
        Show the difference
      </button>`,
    onCancel: answers.cancel,
  });
}

function goneDialog(name: string, answers: Answers): TemplateResult {
  return dialog({
    label: "The file is gone from the device",
    body: html`<p>
      <span class="mono">${name}</span> was removed or renamed since you opened it. Saving makes it
      anew.
    </p>`,
    buttons: html`${cancelButton(answers)}
      <button type="button" @click=${answers.elsewhere}>Save as …</button>
      <button type="button" class="primary" @click=${answers.overwrite}>Save it anew</button>`,
    onCancel: answers.cancel,
  });
}

function elsewhereDialog(
  asked: Extract<Question, { kind: "elsewhere" }>,
  answers: Answers,
): TemplateResult {
  let path = asked.path;
  return dialog({
    label: "Save as",
    body: html`<div class="field">
      <label for="elsewhere">Path on the device</label>
      <input
        id="elsewhere"
        autofocus
        autocomplete="off"
        spellcheck="false"
        autocapitalize="off"
        .value=${path}
        aria-invalid=${asked.failure !== ""}
        aria-describedby="elsewhere-failure"
        @input=${(event: Event) => {
          path = (event.target as HTMLInputElement).value;
        }}
      />
      <p id="elsewhere-failure" class="failure" role="alert">${asked.failure}</p>
    </div>`,
    buttons: html`${cancelButton(answers)} <button type="submit" class="primary">Save</button>`,
    onCancel: answers.cancel,
    onSubmit: () => {
      answers.saveTo(path);
    },
  });
}

function cancelButton(answers: Answers): TemplateResult {
  return html`<button type="button" @click=${answers.cancel}>Cancel</button>`;
}
