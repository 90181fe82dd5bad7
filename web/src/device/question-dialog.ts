import { html, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { ref } from "lit/directives/ref.js";
import { bannerText } from "./banner.ts";
import { dialog } from "../style/dialog.ts";
import { keyDialog } from "./key-dialog.ts";
import type { Question } from "./questions.ts";

type Of<Kind extends Question["kind"]> = Extract<Question, { kind: Kind }>;

/** The dialog of a question; a new one for each, so that no field keeps an earlier answer. */
export function questionDialog(question: Question, deviceName: string, banner: string): unknown {
  return keyed(question.id, body(question, deviceName, banner));
}

function body(question: Question, deviceName: string, banner: string): TemplateResult {
  switch (question.kind) {
    case "host-key":
      return hostKeyDialog(question, deviceName);
    case "password":
      return passwordDialog(question, deviceName, banner);
    case "prompts":
      return promptsDialog(question, deviceName, banner);
    case "passphrase":
      return passphraseDialog(question);
    case "key":
      return keyDialog(question, deviceName);
  }
}

function hostKeyDialog(question: Of<"host-key">, deviceName: string): TemplateResult {
  const refuse = () => {
    question.answer(false);
  };
  return dialog({
    label: `Is this ${deviceName}?`,
    body: html`<p>
        This browser has not seen this device's host key before, so it cannot tell whether the
        device answers or someone in between. Compare the fingerprint with one you got another way;
        once trusted, this browser remembers the key under the name below, and Porthole refuses any
        other.
      </p>
      <dl class="facts">
        <dt>Fingerprint</dt>
        <dd class="mono" data-test="fingerprint">${question.key.fingerprint}</dd>
        <dt>Algorithm</dt>
        <dd class="mono">${question.key.algorithm}</dd>
        <dt>Remembered as</dt>
        <dd class="mono">${question.key.name}</dd>
      </dl>`,
    buttons: html`<button type="button" autofocus @click=${refuse}>Cancel</button>
      <button
        type="button"
        class="primary"
        @click=${() => {
          question.answer(true);
        }}
      >
        Trust and connect
      </button>`,
    onCancel: refuse,
  });
}

function passwordDialog(
  question: Of<"password">,
  deviceName: string,
  banner: string,
): TemplateResult {
  return secretsDialog({
    label: `Password for ${question.user} on ${deviceName}`,
    banner,
    note: again(question.attempt, "The device did not accept that password."),
    fields: [{ text: "Password", echo: false }],
    answer: (texts) => {
      question.answer(texts === null ? null : (texts[0] ?? ""));
    },
  });
}

function passphraseDialog(question: Of<"passphrase">): TemplateResult {
  const what = question.comment === "" ? "this private key" : question.comment;
  return secretsDialog({
    label: "Passphrase of the private key",
    instruction: `The key “${what}” is encrypted. The passphrase stays in this browser.`,
    note: again(question.attempt, "That passphrase does not open the key."),
    fields: [{ text: "Passphrase", echo: false }],
    answer: (texts) => {
      question.answer(texts === null ? null : (texts[0] ?? ""));
    },
  });
}

function promptsDialog(
  question: Of<"prompts">,
  deviceName: string,
  banner: string,
): TemplateResult {
  return secretsDialog({
    label: question.name === "" ? `${deviceName} asks` : question.name,
    instruction: question.instruction,
    banner,
    note: nothing,
    fields: question.prompts,
    answer: (texts) => {
      question.answer(texts);
    },
  });
}

interface Secrets {
  readonly label: string;
  readonly instruction?: string;
  /** What the device said before, as text. */
  readonly banner?: string;
  readonly note: unknown;
  readonly fields: readonly { readonly text: string; readonly echo: boolean }[];
  readonly answer: (texts: string[] | null) => void;
}

/** Fields whose content leaves by the answer only, and is wiped from the page at once. */
function secretsDialog(secrets: Secrets): TemplateResult {
  const inputs: HTMLInputElement[] = [];
  const finish = (send: boolean) => {
    const texts = inputs.map((input) => input.value);
    for (const input of inputs) input.value = "";
    secrets.answer(send ? texts : null);
  };
  const field = ({ text, echo }: Secrets["fields"][number], index: number) =>
    html`<div class="field">
      <label for="answer-${index}">${text.trim() === "" ? "Answer" : text.trim()}</label>
      <input
        id="answer-${index}"
        type=${echo ? "text" : "password"}
        ?autofocus=${index === 0}
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        data-1p-ignore
        data-lpignore="true"
        ${ref((element) => {
          if (element instanceof HTMLInputElement) inputs[index] = element;
        })}
      />
    </div>`;
  return dialog({
    label: secrets.label,
    body: html`${secrets.note} ${bannerText(secrets.banner ?? "")}
    ${secrets.instruction ? html`<p class="pre quiet">${secrets.instruction}</p>` : nothing}
    ${secrets.fields.map(field)}`,
    buttons: html`<button
        type="button"
        @click=${() => {
          finish(false);
        }}
      >
        Cancel
      </button>
      <button type="submit" class="primary" ?autofocus=${secrets.fields.length === 0}>
        Continue
      </button>`,
    onCancel: () => {
      finish(false);
    },
    onSubmit: () => {
      finish(true);
    },
  });
}

/** From the second attempt on: why it is asked again. */
export function again(attempt: number, sentence: string): unknown {
  return attempt < 2
    ? nothing
    : html`<div class="note bad" role="alert">
        <span>${sentence} This is attempt ${attempt}.</span>
      </div>`;
}
