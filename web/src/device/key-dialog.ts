import { html, nothing, type TemplateResult } from "lit";
import { createRef, ref } from "lit/directives/ref.js";
import { dialog } from "../style/dialog.ts";
import type { Question } from "./questions.ts";

/** Larger than any private key file; a wrong pick (a disk image) is not read into memory. */
const MAX_KEY_BYTES = 64 << 10;

/** Asks for a private key: a file, or pasted text. It stays in this page's memory only. */
export function keyDialog(
  question: Extract<Question, { kind: "key" }>,
  deviceName: string,
): TemplateResult {
  const area = createRef<HTMLTextAreaElement>();
  const problem = createRef<HTMLElement>();
  const finish = (send: boolean) => {
    const text = area.value?.value ?? "";
    if (send && text.trim() === "") {
      say(problem.value, "Pick a key file or paste a key first.");
      area.value?.focus();
      return;
    }
    if (area.value) area.value.value = "";
    question.answer(send ? text : null);
  };
  return dialog({
    label: `Private key for ${question.user} on ${deviceName}`,
    body: html`${
        question.error === "" && question.attempt < 2
          ? nothing
          : html`<div class="note bad" role="alert">
              ${question.error === "" ? "The device did not accept that key." : question.error}
            </div>`
      }
      <p class="quiet">
        An OpenSSH or PEM private key. It is used for this connection, never stored and never sent
        anywhere: only a signature made with it reaches the device.
      </p>
      <div class="field">
        <label for="key-file">Key file</label>
        <input
          id="key-file"
          type="file"
          @change=${(event: Event) => {
            const input = event.target as HTMLInputElement;
            const file = input.files?.[0];
            input.value = "";
            if (file && area.value) void fill(file, area.value, problem.value);
          }}
        />
      </div>
      <div class="field">
        <label for="key-text">or paste the key</label>
        <textarea
          id="key-text"
          rows="7"
          autofocus
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
          placeholder="-----BEGIN OPENSSH PRIVATE KEY-----"
          ${ref(area)}
        ></textarea>
      </div>
      <div class="note bad" role="alert" hidden ${ref(problem)}></div>`,
    buttons: html`<button
        type="button"
        @click=${() => {
          finish(false);
        }}
      >
        Cancel
      </button>
      <button type="submit" class="primary">Use this key</button>`,
    onCancel: () => {
      finish(false);
    },
    onSubmit: () => {
      finish(true);
    },
  });
}

async function fill(
  file: File,
  area: HTMLTextAreaElement,
  problem: HTMLElement | undefined,
): Promise<void> {
  if (file.size > MAX_KEY_BYTES) {
    say(problem, `“${file.name}” is too big to be a private key.`);
    return;
  }
  try {
    area.value = await file.text();
    say(problem, "");
    area.focus();
  } catch {
    say(problem, `“${file.name}” cannot be read.`);
  }
}

function say(where: HTMLElement | undefined, sentence: string): void {
  if (!where) return;
  where.textContent = sentence;
  where.hidden = sentence === "";
}
