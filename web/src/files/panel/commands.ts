import type { FileEntry } from "../../bridge/files.ts";
import type { FileViewMode } from "../view/types.ts";
import type { FilesActions } from "./actions.ts";
import { codeOf } from "../../platform/failure.ts";
import type { FilesDesk } from "./desk.ts";
import { contextMenu, newItems, uploadItems, type MenuOwner } from "./entry-menu.ts";
import type { GridOwner } from "./grid-element.ts";
import type { KeyCommand } from "./keys.ts";
import { Drags } from "./drags.ts";
import { allOf, itemsOfFiles, itemsOfPaste } from "./local-items.ts";
import type { MenuItem } from "./menu-element.ts";
import { shownName, typedForm } from "../names.ts";
import { isFolder, type Column } from "./order.ts";
import type { PathGoEvent } from "./path-bar.ts";
import { baseName, parent } from "./path.ts";
import { terminalHere } from "./terminal-here.ts";
import type { Toolbar } from "./toolbar.ts";

/** What commands need of the element. */
export interface CommandsOwner {
  renderRoot(): ParentNode;
  /** The selection changed. */
  selected(): void;
  view(entry: FileEntry, mode: FileViewMode): void;
  menu(label: string, items: readonly (MenuItem | null)[], x: number, y: number): void;
}

/** What buttons, keys, menus and drops of the panel lead to. */
export class Commands implements GridOwner, MenuOwner {
  readonly desk: FilesDesk;
  readonly actions: FilesActions;
  readonly drags: Drags;
  readonly #owner: CommandsOwner;

  constructor(desk: FilesDesk, actions: FilesActions, owner: CommandsOwner) {
    this.desk = desk;
    this.actions = actions;
    this.drags = new Drags(desk, actions);
    this.#owner = owner;
  }

  readonly toolbar: Omit<Toolbar, "desk" | "drops" | "whyNotWrite" | "onClose"> = {
    onBack: () => void this.desk.back(),
    onForward: () => void this.desk.forward(),
    onUp: () => void this.desk.up(),
    onHome: () => void this.desk.go(this.desk.files?.info.home ?? "/"),
    onReload: () => void this.desk.reload(),
    onGo: (event) => void this.#go(event),
    onLeft: () => {
      this.#focusGrid();
    },
    onBookmark: () => void this.desk.memory.toggle(this.desk.path),
    onPlaces: (event) => {
      this.#under(event, "Places", this.#places());
    },
    onUpload: (event) => {
      this.#under(event, "Upload", uploadItems(this));
    },
    onDownload: () => void this.actions.download(this.desk.chosen, "browser"),
    onNew: (event) => {
      this.#under(event, "New", newItems(this));
    },
    onTerminalDirectory: () => void this.#toTerminalDirectory(),
    onHidden: () => {
      this.#toggleHidden();
    },
    onFilter: (filter) => {
      this.desk.listing.show({ ...this.desk.listing.view, filter });
    },
    onFilterKey: (event) => {
      this.#filterKey(event);
    },
    onMore: (event) => {
      const { label, items } = contextMenu(this);
      this.#under(event, label, items);
    },
  };

  selected(): void {
    this.#owner.selected();
  }

  open(entry: FileEntry): void {
    if (isFolder(entry)) void this.desk.go(this.desk.pathOf(entry));
    else this.view(entry, "preview");
  }

  view(entry: FileEntry, mode: FileViewMode): void {
    void import("../view/define.ts").then(
      () => {
        this.#owner.view(entry, mode);
      },
      () => {
        this.actions.tasks.fail(
          `${shownName(entry.name)} cannot be shown`,
          "A part of this page could not be loaded: reload the page.",
        );
      },
    );
  }

  sort(by: Column): void {
    const { view } = this.desk.listing;
    const descending = view.order.by === by && !view.order.descending;
    this.desk.listing.show({ ...view, order: { by, descending } });
  }

  menu(x: number, y: number): void {
    if (this.desk.files === null) return;
    const { label, items } = contextMenu(this);
    this.#owner.menu(label, items, x, y);
  }

  command(command: KeyCommand): void {
    const { desk, actions } = this;
    const active = desk.rows.find(({ name }) => name === desk.selection.active);
    switch (command.do) {
      case "open":
        if (active !== undefined) this.open(active);
        break;
      case "parent":
        void desk.up();
        break;
      case "back":
        void desk.back();
        break;
      case "forward":
        void desk.forward();
        break;
      case "select-all":
        desk.selection.all(desk.rows);
        break;
      case "select-none":
        desk.selection.clear();
        break;
      case "rename":
        if (active !== undefined && actions.whyNotWrite() === "") void actions.rename(active);
        break;
      case "move-to":
        if (actions.whyNotWrite() === "") void actions.moveTo(desk.chosen);
        break;
      case "delete":
        if (actions.whyNotWrite() === "") void actions.delete(desk.chosen);
        break;
      case "filter":
        this.#owner.renderRoot().querySelector<HTMLElement>(".filter input")?.focus();
        break;
      case "path":
        this.#owner.renderRoot().querySelector("porthole-path-bar")?.edit();
        break;
      case "reload":
        void desk.reload();
        break;
      case "hidden":
        this.#toggleHidden();
        break;
      case "menu":
        this.#menuAtRow();
        break;
      case "properties":
        if (active !== undefined) void actions.properties(active);
        break;
      case "move":
      case "toggle":
      case "search":
        break; // the list does these itself
    }
  }

  press(event: PointerEvent, entry: FileEntry): void {
    this.drags.press(event, entry);
  }

  dragStart(event: DragEvent): void {
    this.drags.start(event);
  }

  dragEnd(event: DragEvent): void {
    void this.drags.end(event);
  }

  mayDrop(event: DragEvent, folder: FileEntry | null): boolean {
    return this.drags.mayDrop(event, this.#into(folder));
  }

  drop(event: DragEvent, folder: FileEntry | null): void {
    this.drags.drop(event, this.#into(folder));
  }

  readonly onPaste = (event: ClipboardEvent): void => {
    const files = event.clipboardData?.files;
    if (files === undefined || files.length === 0 || this.actions.asker.current !== null) return;
    event.preventDefault();
    this.actions.upload(allOf(itemsOfPaste(files, new Date())), this.desk.path);
  };

  /** Files were chosen with one of the two file fields. */
  readonly onChosen = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    this.actions.upload(allOf(itemsOfFiles(input.files ?? [])), this.desk.path);
    input.value = ""; // the same file may be chosen again
  };

  chooseFiles(folder: boolean): void {
    const wanted = folder ? "folder-input" : "file-input";
    this.#owner.renderRoot().querySelector<HTMLInputElement>(`[data-test=${wanted}]`)?.click();
  }

  terminalHere(path: string): void {
    void terminalHere(this.desk.files, this.desk.terminal, path).then((why) => {
      if (why !== "") this.actions.tasks.fail("The terminal stays where it is", why);
    });
  }

  #into(folder: FileEntry | null): string {
    return folder === null ? this.desk.path : this.desk.pathOf(folder);
  }

  /** Typed or clicked. A file leads to where it is; what is not there stays in the field. */
  async #go({ path, typed }: PathGoEvent): Promise<void> {
    const { desk } = this;
    if (typed && desk.files !== null) {
      const entry = await desk.files.stat(path, true).catch((error: unknown) => codeOf(error));
      if (typeof entry !== "string" && entry.type !== "dir") {
        await desk.go(parent(path), baseName(path));
        this.#focusGrid();
        return;
      }
    }
    await desk.go(path);
    if (typed && desk.trouble !== null) {
      this.#owner.renderRoot().querySelector("porthole-path-bar")?.edit(typedForm(path));
    } else this.#focusGrid();
  }

  async #toTerminalDirectory(): Promise<void> {
    const directory = await this.desk.terminalDirectory();
    if (directory !== null) await this.desk.go(directory);
    else {
      this.actions.tasks.fail(
        "The terminal's directory is not known",
        "The device does not tell it.",
      );
    }
  }

  #places(): (MenuItem | null)[] {
    const { desk } = this;
    const home = desk.files?.info.home ?? "/";
    const go = (path: string) => () => {
      void desk.go(path).then(() => {
        this.#focusGrid();
      });
    };
    const { bookmarks } = desk.memory.settings;
    return [
      { label: "Home", test: "home", run: go(home) },
      { label: "Root /", test: "root", run: go("/") },
      { label: "The terminal's directory", run: () => void this.#toTerminalDirectory() },
      ...(bookmarks.length === 0 ? [] : [null]),
      ...bookmarks.map((path) => ({ label: shownName(path), test: "bookmarked", run: go(path) })),
    ];
  }

  #toggleHidden(): void {
    const { view } = this.desk.listing;
    this.desk.listing.show({ ...view, hidden: !view.hidden });
  }

  #filterKey(event: KeyboardEvent): void {
    if (event.key === "Escape") this.toolbar.onFilter("");
    else if (event.key !== "ArrowDown" && event.key !== "Enter") return;
    event.preventDefault();
    this.#focusGrid();
    const first = this.desk.rows[0];
    if (event.key !== "Escape" && first !== undefined) {
      this.desk.selection.only(first.name);
      this.selected();
    }
  }

  #menuAtRow(): void {
    const grid = this.#owner.renderRoot().querySelector("porthole-file-grid");
    if (grid === null) return;
    const { active } = this.desk.selection;
    if (active !== "" && this.desk.selection.size === 0) this.desk.selection.only(active);
    const { x, y } = grid.place;
    this.menu(x, y);
  }

  #under(event: MouseEvent, label: string, items: readonly (MenuItem | null)[]): void {
    const { left, bottom } = (event.currentTarget as Element).getBoundingClientRect();
    this.#owner.menu(label, items, left, bottom + 2);
  }

  #focusGrid(): void {
    this.#owner.renderRoot().querySelector("porthole-file-grid")?.focus();
  }
}
