/** What is dragged within the panel, into it, and out of it. */

import type { FileEntry } from "../../bridge/files.ts";
import { shownName } from "../names.ts";
import type { FilesActions } from "./actions.ts";
import { mayRead, mayTransfer } from "./allowed.ts";
import type { FilesDesk } from "./desk.ts";
import { DragOut, MAX_OUT_BYTES, handsOut } from "./drag-out.ts";
import { itemsOfDrop } from "./local-items.ts";
import { isAtOrBelow, parent } from "./path.ts";

/** Marks what is dragged as a panel's own; its value tells which drag it is, never a path. */
const OWN_DRAG = "application/x-porthole-files";
/** Escape ends a drag as a drop beside everything does, but its key comes up soon after. */
const ESCAPE_MS = 500;

/** A part of the panel that takes drops: into is the directory that they would go to. */
export interface DropTaker {
  mayDrop(event: DragEvent, into: string): boolean;
  drop(event: DragEvent, into: string): void;
}

/** The drag that goes on. */
interface OwnDrag {
  readonly id: string;
  readonly directory: string;
  readonly entries: readonly FileEntry[];
  /** A file that other programs may take is in it. */
  readonly offered: boolean;
}

/** See {@link DropTaker}; and what the list tells of its rows. */
export class Drags implements DropTaker {
  readonly #desk: FilesDesk;
  readonly #actions: FilesActions;
  readonly #out = new DragOut();
  #own: OwnDrag | null = null;

  constructor(desk: FilesDesk, actions: FilesActions) {
    this.#desk = desk;
    this.#actions = actions;
  }

  /** The pointer went down on a row, which may become a drag. */
  press(event: PointerEvent, entry: FileEntry): void {
    this.#own = null; // the end of a drag is lost when its row was drawn anew
    const { files, limits, selection } = this.#desk;
    const path = this.#desk.pathOf(entry);
    const alone = !selection.has(entry.name) || selection.size === 1;
    if (event.button !== 0 || event.pointerType === "touch" || !alone || files === null) return;
    if (!handsOut() || !mayRead(limits, path) || !mayTransfer(limits, entry.size)) return;
    this.#out.prepare(files, path, entry);
    const up = (): void => {
      this.#out.giveUp();
    };
    addEventListener("pointerup", up, { once: true });
  }

  /** What is selected begins to be dragged. */
  start(event: DragEvent): void {
    const data = event.dataTransfer;
    if (data === null) return;
    const { chosen: entries, path: directory } = this.#desk;
    const id = crypto.randomUUID();
    const [first] = entries;
    const alone = entries.length === 1 && first !== undefined;
    const offered = alone && this.#out.offer(data, this.#desk.pathOf(first), first);
    data.setData(OWN_DRAG, id);
    data.effectAllowed = "copyMove";
    this.#own = { id, directory, entries, offered };
  }

  /** It ended, here or outside. */
  async end(event: DragEvent): Promise<void> {
    const own = this.#own;
    this.#own = null;
    if (own === null) return;
    const effect = event.dataTransfer?.dropEffect ?? "none";
    const outside = isOutside(event);
    if (own.offered) {
      const taken = effect === "copy" && outside;
      const sha256 = await this.#out.ended(taken);
      if (taken) this.#handedOut(own, sha256);
      return;
    }
    const cancelled = (event.dataTransfer as { mozUserCancelled?: boolean }).mozUserCancelled;
    if (effect !== "none" || !outside || cancelled === true || (await escaped())) return;
    if (own.directory !== this.#desk.path) return;
    this.#actions.say(`${what(own.entries)} to the browser's downloads: ${why(own.entries)}`);
    await this.#actions.download(own.entries, "browser");
  }

  mayDrop(event: DragEvent, into: string): boolean {
    const data = event.dataTransfer;
    if (data === null || this.#actions.whyNotWrite(into) !== "") return false;
    const isOwn = data.types.includes(OWN_DRAG);
    if (isOwn ? !this.#mayMove(into) : !data.types.includes("Files")) return false;
    data.dropEffect = isOwn ? "move" : "copy";
    return true;
  }

  drop(event: DragEvent, into: string): void {
    const data = event.dataTransfer;
    if (data === null) return;
    const own = this.#own;
    if (data.types.includes(OWN_DRAG)) {
      // A drag of another tab says nothing that could be moved here.
      if (own?.id !== data.getData(OWN_DRAG)) return;
      void this.#actions.move(paths(own), into);
      return;
    }
    void itemsOfDrop(data).then((found) => {
      this.#actions.upload(found, into);
    });
  }

  /** Lets go of what it holds. */
  stop(): void {
    this.#own = null;
    this.#out.forget();
  }

  /** Not to where it is, and nothing into itself. */
  #mayMove(into: string): boolean {
    const own = this.#own;
    if (own === null || own.directory === into) return false;
    if (this.#actions.whyNotWrite(own.directory) !== "") return false;
    return !paths(own).some((path) => isAtOrBelow(into, path) || parent(path) === into);
  }

  #handedOut({ entries, directory }: OwnDrag, sha256: string): void {
    const [entry] = entries;
    if (entry === undefined) return;
    const [path = ""] = paths({ entries, directory });
    this.#actions.say(`${shownName(entry.name)} went to where you dropped it.`);
    this.#actions.taken(path, entry.size, sha256);
  }
}

function paths({ entries, directory }: Pick<OwnDrag, "entries" | "directory">): string[] {
  const before = directory.endsWith("/") ? directory : `${directory}/`;
  return entries.map(({ name }) => before + name);
}

/** Outside of the browser's window: over another one, or the desktop. */
function isOutside(event: DragEvent): boolean {
  const x = event.screenX - screenX;
  const y = event.screenY - screenY;
  return x < 0 || y < 0 || x >= outerWidth || y >= outerHeight;
}

/** Whether the drag was ended by Escape: no browser but Firefox says so. */
function escaped(): Promise<boolean> {
  return new Promise((resolve) => {
    const finish = (yes: boolean): void => {
      removeEventListener("keyup", key, true);
      clearTimeout(timer);
      resolve(yes);
    };
    const key = (event: KeyboardEvent): void => {
      if (event.key === "Escape") finish(true);
    };
    const timer = setTimeout(() => {
      finish(false);
    }, ESCAPE_MS);
    addEventListener("keyup", key, true);
  });
}

function what(entries: readonly FileEntry[]): string {
  const [first] = entries;
  return entries.length === 1 && first !== undefined
    ? `${shownName(first.name)} goes`
    : `${String(entries.length)} entries go`;
}

function why(entries: readonly FileEntry[]): string {
  if (!handsOut()) return "this browser cannot hand them to another program here.";
  const [first] = entries;
  if (entries.length > 1 || first?.type !== "file") return "only a single file can go elsewhere.";
  if (first.size >= MAX_OUT_BYTES) return "only files below 8 MiB can go elsewhere.";
  return "it had not been read yet when the drag began. Drag it once more to put it elsewhere.";
}
