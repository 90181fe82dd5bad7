import { LitElement, html, nothing, type PropertyDeclarations } from "lit";
import { toFailure } from "../../bridge/failure.ts";
import type { FileEntry, Files } from "../../bridge/files.ts";
import { controlStyles } from "../../style/sheets.ts";
import { HEAD_BYTES, lookAt, type Look, type Way } from "./look.ts";
import { partStyles } from "./styles.ts";
import { TextPager } from "./text-pager.ts";
import { textView, textStyles } from "./text-view.ts";
import "./hex-element.ts";
import "./picture-element.ts";

const WAYS: Readonly<Record<Way, string>> = { text: "Text", picture: "Picture", hex: "Hex" };

/** Shows a file as text, as a picture or as hex; part of `<porthole-file-view>`. */
export class FilePreviewElement extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    files: { attribute: false },
    path: { attribute: false },
    entry: { attribute: false },
    look: { state: true },
    way: { state: true },
    failure: { state: true },
    busy: { state: true },
  };
  static override readonly styles = [controlStyles, partStyles, textStyles];

  declare files: Files;
  declare path: string;
  declare entry: FileEntry;
  declare private look: Look | null;
  declare private way: Way;
  declare private failure: { code: string; message: string } | null;
  declare private busy: boolean;
  #pager: TextPager | null = null;
  #abort = new AbortController();

  constructor() {
    super();
    this.look = null;
    this.way = "text";
    this.failure = null;
    this.busy = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.look === null) void this.#open(false);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#abort.abort();
    this.look?.unpacked?.close();
    this.look = null;
    this.#pager = null;
  }

  /** Reads it anew, e.g. since it changed. */
  reload(): void {
    void this.#open(false);
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    // A new connection: what failed by the old one is tried again.
    if (changed.has("files") && this.failure !== null) void this.#open(false);
  }

  protected override render(): unknown {
    const { look } = this;
    if (look === null) return this.failure === null ? this.#waiting() : this.#refused();
    return html`
      <div class="bar" role="group" aria-label="Show as">
        ${(["text", "picture", "hex"] as const)
          .filter((way) => way !== "picture" || look.picture !== null)
          .map((way) => this.#wayButton(way))}
      </div>
      ${this.#notes(look)} ${this.#body(look)}
    `;
  }

  #waiting(): unknown {
    return html`<p class="waiting quiet" role="status">Reading …</p>`;
  }

  #refused(): unknown {
    return html`<div class="note bad" role="alert">
      <p>${this.failure?.message}</p>
      <div class="actions">
        <button
          type="button"
          class="small"
          @click=${() => void this.#open(this.failure?.code === "device_node")}
        >
          ${this.failure?.code === "device_node" ? "Read its first bytes all the same" : "Try again"}
        </button>
      </div>
    </div>`;
  }

  #wayButton(way: Way): unknown {
    return html`<button
      type="button"
      class="small"
      aria-pressed=${this.way === way}
      @click=${() => void this.#show(way)}
    >
      ${WAYS[way]}
    </button>`;
  }

  #notes(look: Look): unknown {
    const notes = [look.refusal, look.unpacked?.note ?? ""].filter((note) => note !== "");
    if (look.unpacked !== null) notes.unshift("Unpacked from gzip.");
    if (this.failure !== null) notes.push(this.failure.message);
    return notes.length === 0
      ? nothing
      : html`<div class="note ${look.unpacked !== null && notes.length === 1 ? "" : "warn"}">
          ${notes.map((note) => html`<p>${note}</p>`)}
        </div>`;
  }

  #body(look: Look): unknown {
    if (look.head.length === 0) return html`<p class="waiting quiet">The file is empty.</p>`;
    switch (this.way) {
      case "text":
        return this.#pager === null
          ? this.#waiting()
          : textView(this.#pager, this.busy, () => void this.#more());
      case "picture":
        return html`<porthole-picture
          .picture=${look.picture}
          @porthole-undrawable=${this.#undrawable}
        ></porthole-picture>`;
      case "hex":
        return html`<porthole-hex .source=${look.source}></porthole-hex>`;
    }
  }

  async #open(anyDevice: boolean): Promise<void> {
    this.#abort.abort();
    const abort = (this.#abort = new AbortController());
    this.look?.unpacked?.close();
    [this.look, this.failure, this.#pager] = [null, null, null];
    try {
      const look = await lookAt(() => this.files, this.path, this.entry, {
        anyDevice,
        signal: abort.signal,
      });
      if (abort.signal.aborted) {
        look.unpacked?.close();
        return;
      }
      this.look = look;
      await this.#show(look.best);
    } catch (thrown) {
      if (!abort.signal.aborted) this.failure = toFailure(thrown);
    }
  }

  async #show(way: Way): Promise<void> {
    const { look } = this;
    this.way = way;
    if (way !== "text" || look === null || this.#pager !== null) return;
    // Binary shown as text on demand: what is no UTF-8 shows as a replacement.
    const kind = look.text ?? { encoding: "utf-8", bom: 0 };
    const pager = new TextPager(look.source, kind, HEAD_BYTES);
    await pager.next(this.#abort.signal, look.head);
    this.#pager = pager;
    this.requestUpdate();
  }

  async #more(): Promise<void> {
    const { signal } = this.#abort;
    if (this.busy) return;
    this.busy = true;
    this.failure = null;
    try {
      await this.#pager?.next(signal);
    } catch (thrown) {
      if (!signal.aborted) this.failure = toFailure(thrown);
    } finally {
      this.busy = false;
    }
  }

  readonly #undrawable = (): void => {
    if (this.look === null) return;
    this.look = {
      ...this.look,
      picture: null,
      refusal: "The browser cannot draw this picture: it is damaged or of an unusual kind.",
    };
    void this.#show(this.look.text === null ? "hex" : "text");
  };
}

customElements.define("porthole-file-preview", FilePreviewElement);

declare global {
  interface HTMLElementTagNameMap {
    "porthole-file-preview": FilePreviewElement;
  }
}
