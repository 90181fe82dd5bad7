import { LitElement, html, nothing, type PropertyDeclarations, type PropertyValues } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { NO_LIMITS, type FileEntry, type FileLimits } from "../../bridge/files.ts";
import { dialogStyles } from "../../style/dialog.ts";
import { ConnectWantedEvent, PanelShownEvent } from "../../style/panel-events.ts";
import { controlStyles, stateLineStyles } from "../../style/sheets.ts";
import type { TransferEvent, TransferQueue } from "../transfers/types.ts";
import type { FileView, FileViewMode } from "../view/types.ts";
import { FilesActions } from "./actions.ts";
import { Arrivals } from "./arrivals.ts";
import type { FilesProfile, LiveFiles, TerminalAccess } from "./bridge.ts";
import { FilesDesk } from "./desk.ts";
import { TransferProgressEvent } from "./events.ts";
import { Commands } from "./commands.ts";
import "./grid-element.ts";
import "./menu-element.ts";
import type { MenuItem } from "./menu-element.ts";
import { makeQueue, type Reporting } from "./make-queue.ts";
import { noteLines, emptyState, footer, saidLine, type Notes } from "./notes.ts";
import { shownName } from "../names.ts";
import "./path-bar.ts";
import { filesStyles } from "./styles.ts";
import { actionRow, pathRow } from "./toolbar.ts";

/** How long a sentence about what was done stays. */
const SAID_MS = 8_000;

/** What is looked at instead of the list. */
interface Looked {
  readonly path: string;
  readonly entry: FileEntry;
  readonly mode: FileViewMode;
}

/**
 * `<porthole-files>`: the files of one device beside its terminal. It lives as long as the
 * device's page, also while it is hidden: transfers go on, and it stays where it was.
 * `deviceId`, `tenant` and `principal` stay what they were when `profile` was first set.
 */
export class FilesElement extends LitElement {
  static override properties: PropertyDeclarations = {
    deviceId: { attribute: false },
    tenant: { attribute: false },
    principal: { attribute: false },
    shown: { type: Boolean },
    profile: { attribute: false },
    live: { attribute: false },
    limits: { attribute: false },
    reporting: { attribute: false },
    terminal: { attribute: false },
    queue: { attribute: false },
    looked: { state: true },
    said: { state: true },
    version: { state: true },
  };
  static override styles = [controlStyles, dialogStyles, stateLineStyles, filesStyles];

  declare deviceId: string;
  declare tenant: string;
  declare principal: string;
  /** Whether the panel is in sight. */
  declare shown: boolean;
  declare profile: FilesProfile | null;
  /** The SSH connection; null when there is none. */
  declare live: LiveFiles | null;
  declare limits: FileLimits;
  /** What the gateway learns of transfers. */
  declare reporting: Reporting | null;
  declare terminal: TerminalAccess | null;
  /** Made when it is first needed, unless one is given. */
  declare queue: TransferQueue | null;
  declare private looked: Looked | null;
  declare private said: string;
  declare private version: number;

  readonly #desk = new FilesDesk(() => {
    this.requestUpdate();
  });
  readonly #actions: FilesActions;
  readonly #commands: Commands;
  readonly #arrivals = new Arrivals();
  #started = false;
  #listed = "";
  #reference = "";
  #flush: () => void = () => undefined;
  #report: (event: TransferEvent) => void = () => undefined;
  #watched: TransferQueue | null = null;
  #saidTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.deviceId = "";
    this.tenant = "";
    this.principal = "";
    this.shown = false;
    this.profile = null;
    this.live = null;
    this.limits = NO_LIMITS;
    this.reporting = null;
    this.terminal = null;
    this.queue = null;
    this.looked = null;
    this.said = "";
    this.version = 0;
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the queue may come later
    const element = this;
    this.#actions = new FilesActions(this.#desk, {
      get queue() {
        return element.queue;
      },
      redraw: () => {
        this.requestUpdate();
      },
      say: (text) => {
        this.#say(text);
      },
      report: (event) => {
        this.#report(event);
      },
    });
    this.#commands = new Commands(this.#desk, this.#actions, {
      renderRoot: () => this.renderRoot,
      selected: () => {
        this.version++;
      },
      view: (entry, mode) => {
        this.looked = { path: this.#desk.pathOf(entry), entry, mode };
      },
      menu: (label, items, x, y) => {
        this.#menu(label, items, x, y);
      },
    });
    this.#desk.onFiles = (files) => {
      this.queue?.setFiles(files);
    };
  }

  /** Whether leaving the page would end something. */
  get busy(): boolean {
    return this.queue?.busy === true || this.#view?.hasUnsaved === true;
  }

  /** Moves the focus into the panel, as after the button that shows it. */
  async focusPanel(): Promise<void> {
    await this.updateComplete;
    const first = this.renderRoot.querySelector<HTMLElement>(
      "porthole-file-view, porthole-file-grid, .state button, [data-test=places]",
    );
    first?.focus();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("pagehide", this.#leaving);
    addEventListener("dragover", notHere);
    addEventListener("drop", notHere);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#saidTimer);
    this.#actions.asker.cancel();
    this.#actions.tasks.cancel();
    this.#desk.stop();
    this.#watched?.removeEventListener("change", this.#moved);
    this.queue?.close();
    this.#flush();
    removeEventListener("pagehide", this.#leaving);
    removeEventListener("dragover", notHere);
    removeEventListener("drop", notHere);
    this.#commands.drags.stop();
    this.dispatchEvent(new TransferProgressEvent(null));
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const desk = this.#desk;
    desk.limits = this.limits;
    desk.terminal = this.terminal;
    if (this.live !== null) this.#reference = this.live.reference;
    if (!this.#started && this.profile !== null && this.deviceId !== "") this.#start(this.profile);
    if (changed.has("live")) desk.setConnection(this.live);
  }

  /** Once it is known whose files these are. */
  #start(profile: FilesProfile): void {
    this.#started = true;
    const { tenant, principal, deviceId, limits, reporting } = this;
    const scope = { tenant, principal, deviceId };
    void this.#desk.memory.load(profile, scope);
    if (this.queue === null) {
      const reference = () => this.#reference;
      const hash = async (path: string) => (await this.#desk.files?.hash(path, -1)) ?? null;
      const about = { ...scope, limits, reporting, reference, hash };
      const { queue, flush, report } = makeQueue(about);
      this.queue = queue;
      this.#flush = flush;
      this.#report = report;
    }
    this.#watched = this.queue;
    this.#watched.addEventListener("change", this.#moved);
    this.queue.setFiles(this.#desk.files);
  }

  protected override updated(): void {
    const { path, listing, selection } = this.#desk;
    const grid = this.renderRoot.querySelector("porthole-file-grid");
    if (grid === null || listing.phase !== "done") return;
    if (this.#listed === path) return;
    this.#listed = path;
    grid.toTop();
    if (selection.active !== "") {
      grid.reveal(listing.rows.findIndex(({ name }) => name === selection.active));
    }
  }

  protected override render(): unknown {
    const question = this.#actions.asker.current;
    return html`<section
        class="panel"
        aria-label="Files"
        data-view=${this.looked === null ? "list" : "file"}
        ?hidden=${!this.shown}
        @paste=${this.#commands.onPaste}
      >
        <div class="content" ?hidden=${this.looked !== null}>${this.#list()}</div>
        ${this.looked === null ? nothing : this.#file(this.looked)}
        <porthole-transfers .queue=${this.queue}></porthole-transfers>
        <input
          type="file"
          multiple
          hidden
          data-test="file-input"
          @change=${this.#commands.onChosen}
        />
        <input
          type="file"
          webkitdirectory
          hidden
          data-test="folder-input"
          @change=${this.#commands.onChosen}
        />
      </section>
      <porthole-file-menu></porthole-file-menu>
      ${question === null ? nothing : keyed(question.id, question.draw())}`;
  }

  #list(): unknown {
    const desk = this.#desk;
    const bar = {
      ...this.#commands.toolbar,
      ...{ desk, drops: this.#commands.drags, whyNotWrite: this.#actions.whyNotWrite() },
      onClose: () => {
        this.dispatchEvent(new PanelShownEvent(false));
      },
    };
    const notes: Notes = {
      ...{ desk, actions: this.#actions, said: this.said },
      onConnect: () => {
        this.dispatchEvent(new ConnectWantedEvent());
      },
      onReload: () => void desk.reload(),
      onOpen: () => void desk.open(),
    };
    const empty = emptyState(notes);
    return html`${pathRow(bar)} ${actionRow(bar)} ${noteLines(notes)}
      <div class="listing" data-phase=${desk.listing.phase}>
        <porthole-file-grid
          .rows=${desk.rows}
          .order=${desk.listing.view.order}
          .selection=${desk.selection}
          .version=${this.version}
          .owner=${this.#commands}
          .busy=${desk.listing.phase === "reading"}
          .label=${`Files in ${shownName(desk.path)}`}
        ></porthole-file-grid>
        ${empty} ${saidLine(notes)}
      </div>
      ${footer(notes)}`;
  }

  #file({ path, entry, mode }: Looked): unknown {
    const { files } = this.#desk;
    return keyed(
      path,
      html`<porthole-file-view
        class="view"
        .files=${files ?? nothing}
        .path=${path}
        .entry=${entry}
        .mode=${mode}
        .readOnly=${this.#actions.whyNotWrite(path) !== "" && files !== null}
        @porthole-view-closed=${this.#viewClosed}
        @porthole-view-saved=${() => void this.#desk.reload()}
        @porthole-view-download=${(event: { entry: FileEntry }) =>
          void this.#actions.download([event.entry], "browser")}
      ></porthole-file-view>`,
    );
  }

  get #view(): FileView | null {
    const element = this.renderRoot.querySelector<FileView>("porthole-file-view");
    return element !== null && "hasUnsaved" in element ? element : null;
  }

  readonly #leaving = (): void => {
    this.#flush();
  };

  /** Transfers went on: what is uploaded into this directory shows when it is there. */
  readonly #moved = (): void => {
    this.dispatchEvent(new TransferProgressEvent(this.queue?.progress ?? null));
    if (this.queue !== null && this.#arrivals.news(this.queue.list, this.#desk.path)) {
      void this.#desk.reload();
    }
  };

  readonly #viewClosed = (): void => {
    this.looked = null;
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector("porthole-file-grid")?.focus();
    });
  };

  #menu(label: string, items: readonly (MenuItem | null)[], x: number, y: number): void {
    this.renderRoot.querySelector("porthole-file-menu")?.open(label, items, x, y);
  }

  #say(text: string): void {
    clearTimeout(this.#saidTimer);
    this.said = text;
    this.#saidTimer = setTimeout(() => {
      this.said = "";
    }, SAID_MS);
  }
}

/**
 * Files that are let go beside what takes them: without this the browser would open them in
 * place of the page, and end the connection.
 */
function notHere(event: DragEvent): void {
  if (event.defaultPrevented || event.dataTransfer?.types.includes("Files") !== true) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "none";
}
