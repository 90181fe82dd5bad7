import { LitElement, css, html, nothing, type PropertyDeclarations } from "lit";
import { BridgeFailure, isAborted, toFailure } from "../../bridge/failure.ts";
import type { FileEntry, Files } from "../../bridge/files.ts";
import { dialogStyles } from "../../style/dialog.ts";
import { controlStyles } from "../../style/sheets.ts";
import type * as Code from "./code-editor.ts";
import { EditFile } from "./edit-file.ts";
import { editorBar } from "./editor-bar.ts";
import { afterFailure, editorNotes, editorStatus } from "./editor-notes.ts";
import { questionDialog, type Answers, type Question } from "./edit-dialogs.ts";
import { languageOf } from "./languages.ts";
import { nameOf, sentenceOf, shownPath } from "./sentences.ts";
import { partStyles } from "./styles.ts";
import { ViewSavedEvent } from "./types.ts";

/** Edits a text file in place; part of `<porthole-file-view>`. */
export class FileEditorElement extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    files: { attribute: false },
    path: { attribute: false },
    entry: { attribute: false },
    readOnly: { attribute: false },
    file: { state: true },
    failure: { state: true },
    warning: { state: true },
    state: { state: true },
    asked: { state: true },
    comparing: { state: true },
    unsaved: { state: true },
  };

  declare files: Files;
  declare path: string;
  declare entry: FileEntry;
  declare readOnly: boolean;
  declare private file: EditFile | null;
  declare private failure: string;
  declare private warning: string;
  declare private state: "idle" | "saving" | "saved";
  declare private asked: Question | null;
  declare private comparing: boolean;
  declare private unsaved: boolean;
  #editor: Code.CodeEditor | null = null;
  #abort = new AbortController();

  constructor() {
    super();
    this.readOnly = false;
    this.file = null;
    this.failure = "";
    this.warning = "";
    this.state = "idle";
    this.asked = null;
    this.comparing = false;
    this.unsaved = false;
  }

  get hasUnsaved(): boolean {
    return this.unsaved;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("keydown", this.#onKey);
    if (this.file === null) void this.#open();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener("keydown", this.#onKey);
    this.#abort.abort();
    this.#editor?.destroy();
    this.#editor = null;
    this.file = null;
    this.unsaved = false;
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    // A new connection: what could not be opened by the old one is tried again.
    if (changed.has("files") && this.failure !== "" && this.file === null) void this.#open();
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    // A question was answered: the keyboard is in the text again.
    if (changed.has("asked") && this.asked === null) this.#editor?.focus();
    // A connection that came back may have other limits.
    if (changed.has("readOnly")) this.#editor?.setReadOnly(!this.#mayWrite);
  }

  get #mayWrite(): boolean {
    return this.file !== null && !this.readOnly && !this.file.partial;
  }

  protected override render(): unknown {
    return html`
      ${this.file === null ? this.#closed() : this.#bar(this.file)} ${this.#notes()}
      <div class="code" ?hidden=${this.file === null}></div>
      ${this.file === null ? nothing : editorStatus(this.file)}
      ${
        this.asked === null
          ? nothing
          : questionDialog(this.asked, this.file?.target ?? this.path, this.#answers)
      }
    `;
  }

  #closed(): unknown {
    if (this.failure === "") return html`<p class="waiting quiet" role="status">Reading …</p>`;
    return html`<div class="note bad" role="alert">
      <p>${this.failure}</p>
      <div class="actions">
        <button type="button" class="small" @click=${() => void this.#open()}>Try again</button>
      </div>
    </div>`;
  }

  #bar(file: EditFile): unknown {
    const { unsaved, comparing, state } = this;
    return editorBar(
      { mayWrite: this.#mayWrite, unsaved, comparing, state },
      {
        save: () => void this.#save(),
        saveAs: () => {
          this.#ask({ kind: "elsewhere", path: file.target, failure: "" });
        },
        reload: this.#answers.reload,
        hideDifference: () => {
          this.#compare(null);
        },
      },
    );
  }

  #notes(): unknown {
    const { file, path, entry, readOnly, unsaved, comparing } = this;
    if (file === null) return nothing;
    const notes = editorNotes(file, { path, entry, readOnly, unsaved, comparing });
    return html`${notes.length === 0 ? nothing : html`<div class="note">${paragraphs(notes)}</div>`}
    ${this.warning === "" ? nothing : html`<p class="note warn" role="status">${this.warning}</p>`}
    ${this.failure === "" ? nothing : html`<p class="note bad" role="alert">${this.failure}</p>`}`;
  }

  async #open(): Promise<void> {
    this.#abort.abort();
    const { signal } = (this.#abort = new AbortController());
    this.failure = "";
    try {
      const [file, { CodeEditor }] = await Promise.all([
        EditFile.open(this.files, this.path, this.entry, signal),
        loadEditor(),
      ]);
      if (isAborted(signal)) return;
      this.file = file;
      await this.updateComplete;
      const { text } = file.document;
      const parent = this.renderRoot.querySelector<HTMLElement>(".code");
      if (parent === null || isAborted(signal)) return;
      this.#editor?.destroy();
      this.#editor = new CodeEditor({
        parent,
        root: this.renderRoot as ShadowRoot,
        text,
        label: `Text of ${shownPath(nameOf(this.path))}`,
        language: languageOf(file.target, text.slice(0, 200).split("\n", 1)[0] ?? ""),
        readOnly: !this.#mayWrite,
        changed: this.#changed,
        save: () => void this.#save(),
      });
      this.#editor.focus();
    } catch (thrown) {
      if (!isAborted(signal)) this.failure = sentenceOf(thrown);
    }
  }

  /** Saving from the buttons' side too: the browser would save the page. */
  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    void this.#save();
  };

  readonly #changed = (): void => {
    this.unsaved = this.#editor?.unsaved ?? false;
    if (this.state === "saved") this.state = "idle";
  };

  /** Looks whether the device still has what was opened, and writes. */
  async #save(overwrite = false): Promise<void> {
    const [file, editor] = [this.file, this.#editor];
    if (file === null || editor === null || !this.#mayWrite || this.state === "saving") return;
    const { text } = editor;
    const bytes = file.bytesOf(text);
    if (!(bytes instanceof Uint8Array)) {
      this.#ask({ kind: "encoding", lacks: bytes.lacks });
      return;
    }
    await this.#writing(async () => {
      const since = overwrite ? "same" : await file.since(this.files);
      if (since !== "same") {
        this.#ask({ kind: "conflict", gone: since === "gone" });
        return;
      }
      this.warning = await file.write(this.files, text, bytes);
      this.#wrote(file, text);
    });
  }

  async #saveTo(typed: string): Promise<void> {
    const [file, editor] = [this.file, this.#editor];
    if (file === null || editor === null || !this.#mayWrite) return;
    const path = absolute(typed, file.target);
    const { text } = editor;
    const bytes = file.bytesOf(text);
    if (!(bytes instanceof Uint8Array)) {
      this.#ask({ kind: "encoding", lacks: bytes.lacks });
      return;
    }
    this.asked = null;
    await this.#writing(async () => {
      try {
        await file.writeTo(this.files, path, text, bytes);
      } catch (thrown) {
        this.#ask({ kind: "elsewhere", path, failure: sentenceOf(thrown) });
        return;
      }
      this.warning = `Saved as ${shownPath(path)}, which is edited from now on.`;
      this.#wrote(file, text);
    });
  }

  /** Whatever fails, the text stays in the editor. */
  async #writing(write: () => Promise<void>): Promise<void> {
    this.state = "saving";
    this.failure = "";
    this.warning = "";
    try {
      await write();
    } catch (thrown) {
      const { code, message } = toFailure(thrown);
      this.failure = `${message} ${afterFailure(code)}`;
    } finally {
      if (this.#state() === "saving") this.state = "idle";
    }
  }

  /** A method, because the flow analysis takes what was assigned for what it still is. */
  #state(): string {
    return this.state;
  }

  #wrote(file: EditFile, text: string): void {
    this.#editor?.saved(text);
    this.#compare(null);
    this.unsaved = this.#editor?.unsaved ?? false;
    this.state = "saved";
    this.dispatchEvent(new ViewSavedEvent(file.target, file.entry));
  }

  #ask(question: Question): void {
    this.asked = question;
  }

  async #take(difference: boolean): Promise<void> {
    const [file, editor] = [this.file, this.#editor];
    this.asked = null;
    if (file === null || editor === null) return;
    this.failure = "";
    try {
      const theirs = await file.refresh(this.files, this.#abort.signal);
      editor.saved(theirs);
      if (difference) this.#compare(theirs);
      else editor.replace(theirs);
      this.unsaved = editor.unsaved;
      this.state = "idle";
    } catch (thrown) {
      this.failure = sentenceOf(thrown);
    }
  }

  #compare(theirs: string | null): void {
    this.comparing = theirs !== null;
    this.#editor?.showDifference(theirs);
  }

  readonly #answers: Answers = {
    cancel: () => {
      this.asked = null;
    },
    overwrite: () => {
      this.asked = null;
      void this.#save(true);
    },
    difference: () => void this.#take(true),
    reload: () => {
      if (this.unsaved && this.asked === null) this.#ask({ kind: "reload" });
      else void this.#take(false);
    },
    elsewhere: () => {
      this.#ask({ kind: "elsewhere", path: this.file?.target ?? this.path, failure: "" });
    },
    saveTo: (path) => void this.#saveTo(path),
    asUtf8: () => {
      this.asked = null;
      this.file?.becomeUtf8();
      void this.#save();
    },
  };

  static override readonly styles = [
    controlStyles,
    partStyles,
    dialogStyles,
    css`
      .code {
        flex: 1;
        min-height: 0;
        overflow: hidden;
      }

      .status {
        justify-content: space-between;
        border-top: 1px solid var(--ph-border);
        border-bottom: 0;
        margin: 0;
      }

      .failure {
        color: var(--ph-bad);
        font-size: var(--ph-text-s);
      }
    `,
  ];
}

async function loadEditor(): Promise<typeof Code> {
  try {
    return await import("./code-editor.ts");
  } catch (thrown) {
    throw new BridgeFailure(
      "unreachable",
      "The editor could not be loaded. Check the connection to the gateway and try again.",
      { cause: thrown },
    );
  }
}

/** What is typed without a slash in front belongs beside the file. */
function absolute(typed: string, beside: string): string {
  const path = typed.trim();
  return path.startsWith("/") ? path : beside.slice(0, beside.lastIndexOf("/") + 1) + path;
}

function paragraphs(texts: readonly string[]): unknown {
  return texts.map((text) => html`<p>${text}</p>`);
}

customElements.define("porthole-file-editor", FileEditorElement);

declare global {
  interface HTMLElementTagNameMap {
    "porthole-file-editor": FileEditorElement;
  }
}
