import { LitElement, html, nothing, type PropertyDeclarations } from "lit";
import type { FileEntry, Files } from "../../bridge/files.ts";
import { ConfirmElement } from "../../style/confirm.ts";
import { icon } from "../../style/icons.ts";
import { controlStyles } from "../../style/sheets.ts";
import { frameStyles } from "./frame-styles.ts";
import { nameOf, shownPath, typeOf } from "./sentences.ts";
import {
  ViewClosedEvent,
  ViewDownloadEvent,
  ViewModeEvent,
  type FileView,
  type FileViewMode,
} from "./types.ts";
import "./preview-element.ts";
import "./editor-element.ts";
import "./follow-element.ts";

const MODES: Readonly<Record<FileViewMode, string>> = {
  preview: "View",
  edit: "Edit",
  follow: "Follow",
};

/** One file: its path, what can be done with it, and the part of the chosen mode. */
export class FileViewElement extends LitElement implements FileView {
  static override readonly properties: PropertyDeclarations = {
    files: { attribute: false },
    path: { attribute: false },
    entry: { attribute: false },
    mode: { attribute: false },
    readOnly: { attribute: false },
  };
  static override readonly styles = [controlStyles, frameStyles];

  declare files: Files | undefined;
  declare path: string;
  declare entry: FileEntry;
  declare mode: FileViewMode;
  declare readOnly: boolean;

  /** The last there were: between two connections there are none, and the text stays. */
  #files: Files | null = null;

  constructor() {
    super();
    this.mode = "preview";
    this.readOnly = false;
  }

  get hasUnsaved(): boolean {
    return this.renderRoot.querySelector("porthole-file-editor")?.hasUnsaved ?? false;
  }

  async close(): Promise<boolean> {
    if (!(await this.#mayGo())) return false;
    this.dispatchEvent(new ViewClosedEvent());
    return true;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("keydown", this.#onKey);
    window.addEventListener("beforeunload", this.#onUnload);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener("keydown", this.#onKey);
    window.removeEventListener("beforeunload", this.#onUnload);
  }

  protected override willUpdate(): void {
    this.#files = this.files ?? this.#files;
  }

  protected override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>("h2")?.focus();
  }

  protected override render(): unknown {
    const path = shownPath(this.path);
    return html`<section aria-label=${path}>
        <header>
          <h2 tabindex="-1" title=${path}>
            <span class="folder">${shownPath(this.path.slice(0, -nameOf(this.path).length))}</span
            ><span class="name">${shownPath(nameOf(this.path))}</span>
          </h2>
          <div class="actions">
            ${this.#modes()}
            <button
              type="button"
              class="small"
              @click=${() => this.dispatchEvent(new ViewDownloadEvent(this.path, this.entry))}
            >
              Download
            </button>
            <button
              type="button"
              class="plain small close"
              aria-label="Close ${shownPath(nameOf(this.path))}"
              title="Close (Esc)"
              @click=${() => void this.close()}
            >
              ${icon("close")}
            </button>
          </div>
        </header>
        ${this.#part()}
      </section>
      <porthole-confirm></porthole-confirm>`;
  }

  #modes(): unknown {
    const type = typeOf(this.entry);
    const regular = type === "file" || type === "unknown";
    return (["preview", "edit", "follow"] as const)
      .filter((mode) => mode === "preview" || regular)
      .map(
        (mode) =>
          html`<button
            type="button"
            class="small"
            aria-pressed=${this.mode === mode}
            @click=${() => void this.#switch(mode)}
          >
            ${mode === "edit" && this.readOnly ? "Source" : MODES[mode]}
          </button>`,
      );
  }

  #part(): unknown {
    const files = this.#files;
    if (files === null) return nothing;
    switch (this.mode) {
      case "preview":
        return html`<porthole-file-preview
          .files=${files}
          .path=${this.path}
          .entry=${this.entry}
        ></porthole-file-preview>`;
      case "edit":
        return html`<porthole-file-editor
          .files=${files}
          .path=${this.path}
          .entry=${this.entry}
          .readOnly=${this.readOnly}
        ></porthole-file-editor>`;
      case "follow":
        return html`<porthole-file-follow
          .files=${files}
          .path=${this.path}
        ></porthole-file-follow>`;
    }
  }

  async #switch(mode: FileViewMode): Promise<void> {
    if (mode === this.mode || !(await this.#mayGo())) return;
    this.mode = mode;
    this.dispatchEvent(new ViewModeEvent(mode));
  }

  async #mayGo(): Promise<boolean> {
    if (!this.hasUnsaved) return true;
    const confirm = this.renderRoot.querySelector("porthole-confirm");
    return (
      confirm instanceof ConfirmElement &&
      (await confirm.ask({
        label: "Discard your changes?",
        text: `What you changed in ${shownPath(nameOf(this.path))} is not on the device.`,
        yes: "Discard",
        no: "Go on editing",
      }))
    );
  }

  /** What a part has used itself (a search field, a selection) does not close the view. */
  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
    // A dialog closes itself.
    if (event.composedPath().some((at) => at instanceof Element && at.localName === "wa-dialog"))
      return;
    event.preventDefault();
    event.stopPropagation();
    void this.close();
  };

  readonly #onUnload = (event: BeforeUnloadEvent): void => {
    if (this.hasUnsaved) event.preventDefault();
  };
}
