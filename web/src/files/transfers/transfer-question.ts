import { html, nothing, type TemplateResult } from "lit";
import { shownName } from "../names.ts";
import type { ConflictRule, Question, Transfer, TransferQueue } from "./types.ts";
import { factsText } from "./words.ts";

/** What the person is asked, with its answers. */
export function questionView(
  transfer: Transfer,
  ask: Question,
  queue: TransferQueue,
): TemplateResult {
  switch (ask.kind) {
    case "conflict":
      return conflictView(transfer, ask, queue);
    case "permission":
      return html`<div class="actions">
        <button
          type="button"
          class="small primary"
          data-test="go-on"
          @click=${() => {
            queue.resume(transfer.id);
          }}
        >
          Go on
        </button>
        <span class="quiet">The browser asks whether this page may use the file again.</span>
      </div>`;
    case "files":
      return filesView(transfer, ask, queue);
    case "file":
      return html`<div class="actions">
        <label class="button small primary"
          >Choose the same file again
          <input
            type="file"
            class="sr-only"
            data-test="same-file"
            @change=${(event: Event) => {
              const input = event.target as HTMLInputElement;
              const [file] = input.files ?? [];
              input.value = "";
              // The row says what was wrong with it.
              if (file !== undefined) queue.chooseFile(transfer.id, file).catch(() => undefined);
            }}
          />
        </label>
        <span class="quiet">What has arrived stays.</span>
      </div>`;
  }
}

/** A field for what the person brought before; it is told to the queue as it was then. */
function filesView(
  { id }: Transfer,
  { folder }: Extract<Question, { kind: "files" }>,
  queue: TransferQueue,
): TemplateResult {
  return html`<div class="actions">
    <label class="button small primary"
      >Choose the same ${folder ? "folder" : "files"} again
      <input
        type="file"
        class="sr-only"
        data-test="same-files"
        multiple
        ?webkitdirectory=${folder}
        @change=${(event: Event) => {
          const input = event.target as HTMLInputElement;
          const items = [...(input.files ?? [])].map((file) => ({
            path: file.webkitRelativePath === "" ? file.name : file.webkitRelativePath,
            file,
          }));
          input.value = "";
          // The row says what was wrong with them.
          if (items.length > 0) queue.chooseFiles(id, items).catch(() => undefined);
        }}
      />
    </label>
    <span class="quiet">What has arrived stays.</span>
  </div>`;
}

const ANSWERS: readonly (readonly [ConflictRule, string])[] = [
  ["overwrite", "Replace"],
  ["skip", "Skip"],
  ["rename", "Keep both"],
  ["newer", "Replace if newer"],
];

function conflictView(
  { id, direction }: Transfer,
  ask: Extract<Question, { kind: "conflict" }>,
  queue: TransferQueue,
): TemplateResult {
  const where = direction === "upload" ? "on the device" : "in the folder";
  const isKnown = ask.existing.modifiedMs !== null || ask.existing.size > 0;
  // No form: Enter in the checkbox would replace the file.
  const answer = (event: MouseEvent, rule: ConflictRule): void => {
    // The second click of a double one would answer the next question, which nobody has read.
    if (event.detail > 1) return;
    const box = (event.currentTarget as Element).closest(".conflict")?.querySelector("input");
    queue.resolve(id, rule, box?.checked === true);
  };
  return html`<div
    class="conflict"
    role="group"
    aria-label="What to do with ${shownName(ask.name)}"
  >
    <p><bdi class="mono">${shownName(ask.name)}</bdi> is there already ${where}.</p>
    ${
      isKnown
        ? html`<dl>
            <dt>There</dt>
            <dd>${factsText(ask.existing)}</dd>
            <dt>This one</dt>
            <dd>${factsText(ask.offered)}</dd>
          </dl>`
        : nothing
    }
    <div class="actions">
      ${ANSWERS.map(
        ([rule, label]) =>
          html`<button
            type="button"
            class="small"
            data-test=${`answer-${rule}`}
            @click=${(event: MouseEvent) => {
              answer(event, rule);
            }}
          >
            ${label}
          </button>`,
      )}
    </div>
    <label class="check"><input type="checkbox" data-test="for-all" /> For all that follow</label>
  </div>`;
}
