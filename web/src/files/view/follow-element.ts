import { LitElement, css, html, nothing, type PropertyDeclarations } from "lit";
import type { SessionEnd } from "../../bridge/bridge.d.ts";
import type { Files } from "../../bridge/files.ts";
import { byteCount } from "../../style/format.ts";
import { safeName } from "../disk/names.ts";
import { controlStyles } from "../../style/sheets.ts";
import { LogIntake } from "./log-intake.ts";
import { LogLines, MAX_LINES, type LevelFilter } from "./log-lines.ts";
import { LogSearch } from "./log-search.ts";
import { saveText } from "./save-text.ts";
import { nameOf, sentenceOf, shownPath } from "./sentences.ts";
import { partStyles } from "./styles.ts";
import "./log-element.ts";

/** Lines of the file that come first. */
const FIRST_LINES = 1000;
/** Lines that come first after a reconnect; some may be there already. */
const AGAIN_LINES = 100;

/** Shows what is appended to a file, as it comes; part of `<porthole-file-view>`. */
export class FileFollowElement extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    files: { attribute: false },
    path: { attribute: false },
    state: { state: true },
    failure: { state: true },
    wrap: { state: true },
    words: { state: true },
    level: { state: true },
  };

  declare files: Files;
  declare path: string;
  declare private state: "starting" | "running" | "ended";
  declare private failure: string;
  declare private wrap: boolean;
  declare private words: string;
  declare private level: LevelFilter;
  readonly #lines = new LogLines();
  readonly #search = new LogSearch();
  #intake: LogIntake | null = null;
  #starts = 0;
  #frame = 0;

  constructor() {
    super();
    this.state = "starting";
    this.failure = "";
    this.wrap = false;
    this.words = "";
    this.level = "all";
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#starts++;
    this.#intake?.close();
    this.#intake = null;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("files")) void this.#start();
  }

  protected override render(): unknown {
    return html`${this.#tools()} ${this.#find()} ${this.failure === "" ? nothing : this.#ended()}
      <porthole-log
        .lines=${this.#lines.shown}
        .wrap=${this.wrap}
        .query=${this.#search.query}
        .current=${this.#search.at}
        .label=${`Lines of ${shownPath(nameOf(this.path))}`}
        @porthole-log-end=${() => {
          this.requestUpdate();
        }}
      ></porthole-log>
      ${this.#status()}`;
  }

  #tools(): unknown {
    const paused = this.#intake?.paused ?? false;
    return html`<div class="bar">
      <button
        type="button"
        class="small"
        aria-pressed=${paused}
        ?disabled=${this.state !== "running"}
        @click=${() => {
          this.#pause(!paused);
        }}
      >
        ${paused ? "Go on" : "Pause"}
      </button>
      <button
        type="button"
        class="small"
        aria-pressed=${this.wrap}
        @click=${() => {
          this.wrap = !this.wrap;
        }}
      >
        Wrap
      </button>
      <button type="button" class="small" @click=${this.#clear}>Clear</button>
      <button type="button" class="small" @click=${this.#save}>Save</button>
      <select aria-label="Levels" @change=${this.#levelChosen}>
        <option value="all">All levels</option>
        <option value="warnings">Warnings, errors</option>
        <option value="errors">Errors</option>
      </select>
      <input
        class="grow"
        type="search"
        aria-label="Show only lines with these words"
        placeholder="Filter lines"
        autocomplete="off"
        spellcheck="false"
        @input=${this.#filterTyped}
        @keydown=${this.#escapeEmpties}
      />
    </div>`;
  }

  #find(): unknown {
    return html`<div class="bar" role="search">
      <input
        class="grow"
        type="search"
        aria-label="Search in the lines"
        placeholder="Search"
        autocomplete="off"
        spellcheck="false"
        @input=${this.#queryTyped}
        @keydown=${this.#searchKey}
      />
      <span class="quiet" role="status">${this.#search.words}</span>
      <button
        type="button"
        class="small"
        aria-label="Previous match"
        title="Previous match (Shift+Enter)"
        @click=${() => {
          this.#step("previous");
        }}
      >
        ↑
      </button>
      <button
        type="button"
        class="small"
        aria-label="Next match"
        title="Next match (Enter)"
        @click=${() => {
          this.#step("next");
        }}
      >
        ↓
      </button>
    </div>`;
  }

  #ended(): unknown {
    return html`<div class="note bad" role="alert">
      <p>${this.failure}</p>
      <div class="actions">
        <button type="button" class="small" @click=${() => void this.#start()}>Follow again</button>
      </div>
    </div>`;
  }

  #status(): unknown {
    const { size, dropped, shown } = this.#lines;
    const facts = [`${String(size)} lines`];
    if (shown.length < size) facts.unshift(`${String(shown.length)} of`);
    if (dropped > 0) {
      facts.push(
        `(the newest are kept, at most ${String(MAX_LINES)}; ${String(dropped)} have gone)`,
      );
    }
    const paused =
      this.#intake?.paused === true
        ? `Paused: ${byteCount(this.#intake.waiting)} wait, and then the device does. Nothing is lost.`
        : "";
    const state = { starting: "Starting …", running: "Following", ended: "Ended" }[this.state];
    return html`<div class="bar foot quiet">
      <span role="status">${paused || state}</span>
      <span>${facts.join(" ")}</span>
      ${
        this.#log()?.atEnd === false
          ? html`<button type="button" class="small primary" @click=${this.#toEnd}>
              Jump to the end
            </button>`
          : nothing
      }
    </div>`;
  }

  async #start(): Promise<void> {
    const start = ++this.#starts;
    const again = this.#lines.size > 0;
    this.#intake?.close();
    this.#intake = null;
    this.state = "starting";
    this.failure = "";
    try {
      const session = await this.files.follow(this.path, again ? AGAIN_LINES : FIRST_LINES);
      if (start !== this.#starts) {
        await session.close();
        return;
      }
      if (again) {
        this.#lines.add(`— followed again; the last ${String(AGAIN_LINES)} lines first —`, true);
      }
      const intake = new LogIntake(session, this.#lines, this.#added);
      this.#intake = intake;
      this.state = "running";
      const end = await session.closed;
      if (start !== this.#starts) return;
      intake.end();
      this.state = "ended";
      this.failure = endSentence(end);
    } catch (thrown) {
      if (start !== this.#starts) return;
      this.state = "ended";
      this.failure = sentenceOf(thrown);
    }
  }

  /** Draws once a frame, however much comes. */
  readonly #added = (): void => {
    this.#log()?.forget(this.#lines.trim());
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#search.update(this.#lines.shown);
      this.#log()?.requestUpdate();
      this.requestUpdate();
    });
  };

  #pause(paused: boolean): void {
    this.#intake?.pause(paused);
    this.requestUpdate();
  }

  readonly #clear = (): void => {
    this.#lines.clear();
    this.#search.start(this.#search.query, []);
    this.requestUpdate();
  };

  readonly #save = (): void => {
    saveText(this.#lines.text(), safeName(`${nameOf(this.path)}.followed.log`));
  };

  readonly #toEnd = (): void => {
    this.#log()?.toEnd();
    this.requestUpdate();
  };

  readonly #levelChosen = (event: Event): void => {
    this.level = (event.target as HTMLSelectElement).value as LevelFilter;
    this.#filter();
  };

  readonly #filterTyped = (event: Event): void => {
    this.words = (event.target as HTMLInputElement).value;
    this.#filter();
  };

  #filter(): void {
    this.#lines.filter(this.words, this.level);
    this.#search.start(this.#search.query, this.#lines.shown);
    this.requestUpdate();
  }

  readonly #queryTyped = (event: Event): void => {
    this.#search.start((event.target as HTMLInputElement).value, this.#lines.shown);
    this.requestUpdate();
  };

  readonly #searchKey = (event: KeyboardEvent): void => {
    this.#escapeEmpties(event);
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    this.#step(event.shiftKey ? "previous" : "next");
  };

  /** Escape empties a field that holds something; only then it closes the view. */
  readonly #escapeEmpties = (event: KeyboardEvent): void => {
    const field = event.target as HTMLInputElement;
    if (event.key !== "Escape" || field.value === "") return;
    event.preventDefault();
    field.value = "";
    field.dispatchEvent(new Event("input"));
  };

  #step(direction: "next" | "previous"): void {
    const number = this.#search.step(this.#search.at === null ? "previous" : direction);
    if (number !== null) this.#log()?.reveal(number);
    this.requestUpdate();
  }

  #log() {
    return this.renderRoot.querySelector("porthole-log");
  }

  static override readonly styles = [
    controlStyles,
    partStyles,
    css`
      .foot {
        border-top: 1px solid var(--ph-border);
        border-bottom: 0;
      }

      .foot > :nth-child(2) {
        flex: 1;
      }
    `,
  ];
}

function endSentence(end: SessionEnd): string {
  if (end.error !== undefined) return end.error.message;
  const how =
    end.exitSignal === "" ? `status ${String(end.exitStatus ?? "unknown")}` : end.exitSignal;
  return `The device ended the following (${how}): see the last lines for the reason.`;
}

customElements.define("porthole-file-follow", FileFollowElement);

declare global {
  interface HTMLElementTagNameMap {
    "porthole-file-follow": FileFollowElement;
  }
}
