import type { FileEntry, Files } from "../../bridge/files.ts";
import { Asker } from "../../style/asker.ts";
import type { DownloadWay, TransferEvent, TransferQueue } from "../transfers/types.ts";
import { mayTransfer, mayWrite } from "./allowed.ts";
import type { FilesDesk } from "./desk.ts";
import { NOTHING, count } from "./counting.ts";
import type { Draw } from "./form.ts";
import { deleteDialog, replaceDialog, type Deletion } from "./loss-dialogs.ts";
import { linkDialog, moveDialog, nameDialog } from "./name-dialogs.ts";
import { keepDialog, keepSentence, type Keeping } from "./keep-dialog.ts";
import { modeDialog, ownerDialog } from "./rights-dialogs.ts";
import { sortedOut, type LocalItems } from "./local-items.ts";
import { isSpecial } from "./mode.ts";
import { shownName } from "../names.ts";
import { baseName, isAtOrBelow, join, parent } from "./path.ts";
import { propertiesDialog, type Properties } from "./properties.ts";
import { Tasks } from "./tasks.ts";
import { PanelFailure } from "./trouble.ts";

/** What actions need of the element. */
export interface ActionsOwner {
  readonly queue: TransferQueue | null;
  redraw(): void;
  /** Told to assistive technology, and shown for a while. */
  say(text: string): void;
  /** For the gateway's log: a transfer that was none of the queue's. */
  report(event: TransferEvent): void;
}

/** What the panel does with entries: all of it asks where something would be lost. */
export class FilesActions {
  readonly asker: Asker;
  readonly tasks: Tasks;
  readonly #desk: FilesDesk;
  readonly #owner: ActionsOwner;

  constructor(desk: FilesDesk, owner: ActionsOwner) {
    this.#desk = desk;
    this.#owner = owner;
    const redraw = () => {
      owner.redraw();
    };
    this.asker = new Asker(redraw);
    this.tasks = new Tasks(redraw);
  }

  /** Why nothing can be written in a directory; "" when it can. */
  whyNotWrite(path = this.#desk.path): string {
    if (this.#desk.files === null) return "There is no connection.";
    if (path === "") return "No directory is open.";
    if (this.#desk.limits.readOnly) return "Files are read-only here.";
    return mayWrite(this.#desk.limits, path) ? "" : "Nothing may be written here.";
  }

  async newFolder(): Promise<void> {
    const name = await this.#askName("New folder", "", "Make the folder");
    if (name === null) return;
    await this.#doing(`The folder ${shownName(name)} could not be made`, name, (files, path) =>
      files.mkdir(path),
    );
  }

  async newFile(): Promise<void> {
    const name = await this.#askName("New file", "", "Make the file");
    if (name === null) return;
    const options = { replace: false, mode: null, modifiedMs: null };
    await this.#doing(`The file ${shownName(name)} could not be made`, name, (files, path) =>
      files.put(path, new Uint8Array(), options),
    );
  }

  async newLink(): Promise<void> {
    const { chosen } = this.#desk;
    const [first] = chosen;
    const target = first !== undefined && chosen.length === 1 ? this.#desk.pathOf(first) : "";
    const made = await this.#ask<{ name: string; target: string } | null>(
      linkDialog({ target, taken: this.#taken, redraw: this.#redraw }),
      null,
    );
    if (made === null) return;
    await this.#doing(
      `The link ${shownName(made.name)} could not be made`,
      made.name,
      (files, path) => files.symlink(made.target, path),
    );
  }

  async rename(entry: FileEntry): Promise<void> {
    const from = this.#desk.pathOf(entry);
    const name = await this.#askName(`Rename ${shownName(entry.name)}`, entry.name, "Rename");
    if (name === null || name === entry.name) return;
    await this.#doing(`${shownName(entry.name)} could not be renamed`, name, (files, path) =>
      files.rename(from, path, false),
    );
  }

  /** Asks where to, then moves entries of this directory there. */
  async moveTo(entries: readonly FileEntry[]): Promise<void> {
    const { files, path: directory } = this.#desk;
    if (files === null || entries.length === 0) return;
    const paths = entries.map((entry) => this.#desk.pathOf(entry));
    const { home } = files.info;
    const about = { what: what(entries), paths, directory, home, redraw: this.#redraw };
    const into = await this.#ask<string | null>(moveDialog(about), null);
    if (into === null) return;
    const failed = "Nothing was moved";
    await this.tasks.note(failed, async () => {
      const { type } = await files.stat(into, true);
      if (type !== "dir") throw new PanelFailure(`${failed}. ${shownName(into)} is no folder.`);
    });
    if (this.tasks.trouble === null) await this.move(paths, into);
  }

  /** Moves entries into another directory; asks before anything there is replaced. */
  async move(paths: readonly string[], into: string): Promise<void> {
    const { files } = this.#desk;
    if (files === null) return;
    const [first = "/"] = paths;
    const why = this.whyNotWrite(parent(first)) || this.whyNotWrite(into);
    if (why !== "") {
      this.tasks.fail("Nothing was moved", why);
      return;
    }
    await this.tasks.run("Moving", "Something could not be moved", async (task) => {
      if (paths.some((from) => isAtOrBelow(into, from))) {
        throw new PanelFailure("Nothing was moved. A folder cannot go into itself.");
      }
      for (const from of paths) {
        task.signal.throwIfAborted();
        if (parent(from) === into) continue;
        const name = baseName(from);
        task.says(shownName(name));
        await this.#moveOne(files, from, join(into, name));
      }
    });
    await this.#desk.reload();
  }

  async delete(entries: readonly FileEntry[]): Promise<void> {
    const { files, path: directory } = this.#desk;
    if (files === null || entries.length === 0) return;
    const paths = entries.map((entry) => this.#desk.pathOf(entry));
    const yes = await this.#askDelete(files, entries, directory);
    if (!yes) return;
    let removed = 0;
    await this.tasks.run("Deleting", "Not everything could be deleted", async (task) => {
      for (const path of paths) {
        const before = removed;
        removed =
          before +
          (await files.remove(
            path,
            (count) => {
              task.says(`${(before + count).toLocaleString("en")} removed`);
            },
            task.signal,
          ));
      }
    });
    if (this.tasks.trouble === null) {
      this.#owner.say(`${removed.toLocaleString("en")} deleted.`);
    }
    await this.#desk.reload();
  }

  async chmod(entries: readonly FileEntry[]): Promise<void> {
    const { files } = this.#desk;
    const first = entries[0];
    if (files === null || first === undefined) return;
    const change = await this.#ask<{ mode: number; recursive: boolean } | null>(
      modeDialog({
        ...{ what: what(entries), mode: first.mode, redraw: this.#redraw },
        folders: entries.some(({ type }) => type === "dir"),
      }),
      null,
    );
    if (change === null) return;
    await this.#each(entries, "Permissions could not be changed", (path, { type }) =>
      files.chmod(path, change.mode, change.recursive && type === "dir"),
    );
  }

  async chown(entries: readonly FileEntry[]): Promise<void> {
    const { files } = this.#desk;
    const entry = entries[0];
    if (files === null || entry === undefined) return;
    const change = await this.#ask<{ uid: number; gid: number; recursive: boolean } | null>(
      ownerDialog({
        ...{ what: what(entries), entry, redraw: this.#redraw },
        folders: entries.some(({ type }) => type === "dir"),
      }),
      null,
    );
    if (change === null) return;
    await this.#each(entries, "The owner could not be changed", (path, { type }) =>
      files.chown(path, change.uid, change.gid, change.recursive && type === "dir"),
    );
  }

  async properties(entry: FileEntry): Promise<void> {
    const { files } = this.#desk;
    if (files === null) return;
    const path = this.#desk.pathOf(entry);
    const about: Properties = {
      ...{ path, entry, realPath: "", hash: null, note: "" },
      onHash: files.info.hash ? () => void this.#hash(files, about) : null,
    };
    void files.realPath(path).then(
      (real) => {
        about.realPath = real;
        this.#owner.redraw();
      },
      () => undefined, // a dangling link has none
    );
    await this.#ask(propertiesDialog(about), null);
  }

  /** In a user gesture: a picker may open. */
  async download(entries: readonly FileEntry[], way: DownloadWay): Promise<void> {
    const { queue } = this.#owner;
    if (queue === null) return;
    const { limits } = this.#desk;
    const fits = entries.filter(
      (entry) => entry.type !== "file" || mayTransfer(limits, entry.size),
    );
    const plain = fits.filter((entry) => !isSpecial(entry));
    const left = entries.length - plain.length;
    if (left > 0) {
      const why = plain.length < fits.length ? "no regular file or folder" : "larger than allowed";
      this.#owner.say(`${String(left)} left out: ${why}.`);
    }
    if (plain.length === 0) return;
    await this.tasks.note("The download could not begin", () =>
      queue.download(
        plain.map((entry) => ({ path: this.#desk.pathOf(entry), entry })),
        way,
        this.#desk.memory.keeps,
      ),
    );
  }

  upload(found: LocalItems, into: string): void {
    const { queue } = this.#owner;
    const why = this.whyNotWrite(into);
    const failed = `Nothing was uploaded to ${shownName(into)}`;
    if (why !== "" || queue === null) {
      this.tasks.fail(failed, why);
      return;
    }
    const { items, left } = sortedOut(found);
    void this.tasks.note(failed, async () => {
      // In this turn: a drop's files are only lent.
      if (items.length > 0) queue.upload(items, into, this.#desk.memory.keeps);
      if (left !== "") throw new PanelFailure(left);
      return Promise.resolve();
    });
  }

  /** Asks what transfers keep from now on. */
  async transferOptions(): Promise<void> {
    const { memory } = this.#desk;
    const chosen = await this.#ask<Keeping | null>(keepDialog(memory.keeps, this.#redraw), null);
    if (chosen === null) return;
    const { remember, ...keeps } = chosen;
    void memory.keep(keeps, remember);
    this.#owner.say(keepSentence(keeps));
  }

  /** A file went to another program, which was not the queue's doing. */
  taken(path: string, bytes: number, sha256: string): void {
    const facts = { direction: "download", result: "done", files: 1 } as const;
    this.#owner.report({ ...facts, path, bytes, sha256 });
  }

  say(text: string): void {
    this.#owner.say(text);
  }

  async copy(text: string, done: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.#owner.say(done);
    } catch {
      this.#owner.say("The browser did not allow copying.");
    }
  }

  readonly #redraw = (): void => {
    this.#owner.redraw();
  };

  readonly #taken = (name: string): boolean =>
    this.#desk.listing.entries.some((entry) => entry.name === name);

  #ask<T>(draw: Draw<T>, no: T): Promise<T> {
    return this.asker.ask<T>("Question", draw, no);
  }

  #askName(label: string, start: string, yes: string): Promise<string | null> {
    const about = { label, start, yes, taken: this.#taken, redraw: this.#redraw };
    return this.#ask<string | null>(nameDialog(about), null);
  }

  /** Counts while it asks: folders may hold anything. */
  async #askDelete(
    files: Files,
    entries: readonly FileEntry[],
    directory: string,
  ): Promise<boolean> {
    const abort = new AbortController();
    const about: Deletion = {
      ...{ names: entries.map(({ name }) => name), directory },
      ...{ count: NOTHING, counted: false, problem: "" },
    };
    void count(files, entries, about, { redraw: this.#redraw, signal: abort.signal });
    const yes = await this.#ask(deleteDialog(about, this.#redraw), false);
    abort.abort();
    return yes;
  }

  async #moveOne(files: Files, from: string, to: string): Promise<void> {
    try {
      await files.rename(from, to, false);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "exists") throw error;
      if (await this.#ask(replaceDialog(baseName(to), parent(to)), false)) {
        await files.rename(from, to, true);
      }
    }
  }

  async #hash(files: Files, about: Properties): Promise<void> {
    about.note = "The device is reading it …";
    this.#redraw();
    const hash = await files.hash(about.path, -1).catch(() => null);
    about.hash = hash;
    about.note = hash === null ? "The device could not make it." : "";
    this.#redraw();
  }

  /** One new or changed name of this directory; it is selected then. */
  async #doing(
    failed: string,
    name: string,
    action: (files: Files, path: string) => Promise<unknown>,
  ): Promise<void> {
    const { files, path } = this.#desk;
    if (files === null) return;
    await this.tasks.note(failed, () => action(files, join(path, name)));
    if (this.tasks.trouble === null) await this.#desk.reload(name);
  }

  async #each(
    entries: readonly FileEntry[],
    failed: string,
    action: (path: string, entry: FileEntry) => Promise<void>,
  ): Promise<void> {
    const paths = entries.map((entry) => [this.#desk.pathOf(entry), entry] as const);
    await this.tasks.run("Changing", failed, async (task) => {
      for (const [path, entry] of paths) {
        task.signal.throwIfAborted();
        task.says(shownName(entry.name));
        await action(path, entry);
      }
    });
    await this.#desk.reload();
  }
}

function what(entries: readonly FileEntry[]): string {
  const [first] = entries;
  return entries.length === 1 && first !== undefined
    ? shownName(first.name)
    : `${String(entries.length)} selected`;
}
