import { NO_LIMITS, type FileEntry, type FileLimits, type Files } from "../../bridge/files.ts";
import type { LiveFiles, TerminalAccess } from "./bridge.ts";
import { History } from "./history.ts";
import { Listing } from "./listing.ts";
import { FilesMemory } from "./memory.ts";
import { shownName } from "../names.ts";
import { baseName, join, parent } from "./path.ts";
import { Selection } from "./selection.ts";
import { isGone, troubleOf, type Trouble } from "./trouble.ts";

/** Whether the device's files can be reached. */
type Access = "none" | "opening" | "open" | "failed";

/** What the panel is of the device's files: where it is, what is there. Without its looks. */
export class FilesDesk {
  readonly listing: Listing;
  readonly history = new History();
  readonly selection = new Selection();
  readonly memory: FilesMemory;
  access: Access = "none";
  /** The files of the connection that is; null when there is none. */
  files: Files | null = null;
  limits: FileLimits = NO_LIMITS;
  /** Where the panel is; "" before it was anywhere. Stays through connections. */
  path = "";
  /** Why there is no access, or why the directory could not be read. */
  trouble: Trouble | null = null;
  space: { readonly total: number; readonly free: number } | null = null;
  terminal: TerminalAccess | null = null;
  /** Called with the files of each connection, and null after it. */
  onFiles: (files: Files | null) => void = () => undefined;
  readonly #changed: () => void;
  #live: LiveFiles | null = null;
  /** Name to select once the directory is read. */
  #wanted = "";

  constructor(changed: () => void) {
    this.#changed = changed;
    this.listing = new Listing(() => {
      if (this.listing.phase !== "reading") this.selection.keep(this.listing.rows);
      changed();
    });
    this.memory = new FilesMemory(changed);
  }

  /** What is shown, in order. */
  get rows(): readonly FileEntry[] {
    return this.listing.rows;
  }

  /** What is selected, in order; the keyboard's row when nothing is. */
  get chosen(): readonly FileEntry[] {
    return this.selection.of(this.rows);
  }

  pathOf(entry: Pick<FileEntry, "name">): string {
    return join(this.path, entry.name);
  }

  /** There is a connection, or none any more. What is shown stays until it can be read anew. */
  setConnection(live: LiveFiles | null): void {
    if (live?.connection === this.#live?.connection) return;
    this.#live = live;
    this.files = null;
    this.onFiles(null);
    this.listing.stop();
    this.space = null;
    // Also what was being opened by the connection before.
    this.access = "none";
    this.trouble = null;
    if (live !== null) void this.open();
    this.#changed();
  }

  /** Opens the device's files over the connection that is; again after it failed. */
  async open(): Promise<void> {
    const live = this.#live;
    if (live === null || this.access === "opening") return;
    this.access = "opening";
    this.trouble = null;
    this.#changed();
    try {
      const files = await live.connection.files(this.limits);
      if (this.#live !== live) return;
      this.files = files;
      this.access = "open";
      void files.closed.then(({ code, message }) => {
        this.#ended(files, code, message);
      });
      this.onFiles(files);
      await this.#begin(files);
    } catch (error) {
      if (this.#live !== live) return;
      this.access = "failed";
      this.trouble = troubleOf("The device's files cannot be opened", error);
      this.#changed();
    }
  }

  /** Goes to a directory. One that cannot be read stays in the path, to be corrected. */
  async go(path: string, select = ""): Promise<void> {
    this.history.visit(path);
    await this.#enter(path, select);
  }

  async back(): Promise<void> {
    await this.#along(this.history.back());
  }

  async forward(): Promise<void> {
    await this.#along(this.history.forward());
  }

  /** One directory up; what was left is selected there. */
  async up(): Promise<void> {
    if (this.path !== "" && this.path !== "/")
      await this.go(parent(this.path), baseName(this.path));
  }

  /** Reads the directory anew. select: a name that should be there then. */
  async reload(select = ""): Promise<void> {
    const { files, path } = this;
    if (files === null || path === "") return;
    this.#wanted = select;
    await this.#read(files, path, true);
  }

  /** Where the shell of the terminal is; null when nobody tells. */
  async terminalDirectory(): Promise<string | null> {
    const said = this.terminal?.directory ?? "";
    if (said !== "") return said;
    const state = await this.files?.shellState().catch(() => null);
    return state?.directory ?? null;
  }

  /** Lets go of everything. */
  stop(): void {
    this.#live = null;
    this.files = null;
    this.listing.reset();
  }

  async #along(path: string | null): Promise<void> {
    if (path !== null) await this.#enter(path, baseName(this.path));
  }

  async #enter(path: string, select: string): Promise<void> {
    const again = path === this.path;
    this.path = path;
    this.#wanted = select;
    if (!again) {
      this.selection.clear();
      this.listing.show({ ...this.listing.view, filter: "" });
    }
    if (this.files !== null) await this.#read(this.files, path, again);
    else this.#changed();
  }

  async #read(files: Files, path: string, keep: boolean): Promise<void> {
    this.trouble = null;
    await this.listing.read(files, path, keep);
    if (this.path !== path || this.files !== files || this.listing.phase === "reading") return;
    const { failure } = this.listing;
    // A connection that went says so itself, and the panel goes on with the next.
    if (failure !== null && !isGone(failure)) {
      this.trouble = troubleOf(`${shownName(path)} could not be read`, failure);
    }
    if (this.#wanted !== "" && this.rows.some(({ name }) => name === this.#wanted)) {
      this.selection.only(this.#wanted);
    }
    this.#wanted = "";
    this.#changed();
    this.space = await files.space(path).catch(() => null);
    this.#changed();
  }

  /** Where it was, else where the terminal is, else at home. */
  async #begin(files: Files): Promise<void> {
    if (this.path !== "") {
      await this.reload();
      return;
    }
    const { home } = files.info;
    const start = await this.terminalDirectory();
    if (this.files !== files) return;
    if (start !== null && start !== home) {
      await this.go(start);
      if (this.files !== files || this.listing.phase !== "failed") return;
    }
    await this.go(home);
  }

  /** The device's side of files ended, though the connection may be up: it can be opened again. */
  #ended(files: Files, code: string, message: string): void {
    if (this.files !== files) return;
    this.files = null;
    this.onFiles(null);
    this.listing.stop();
    const isEnd = code === "closed" || code === "lost";
    this.access = "failed";
    this.trouble = troubleOf("The device's files are closed", {
      code: isEnd ? "lost" : code,
      message,
    });
    this.#changed();
  }
}
