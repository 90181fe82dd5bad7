/** Where the entries of a hostile tree go: always below the chosen folder, each in a place of its own. */

import { numbered, safeName } from "./names.ts";

/** Folders in one another; systems take no longer paths, and a tree may have no end. */
const maxDepth = 64;

/** A folder of the tree: local names that are given, and where its own folders are. */
interface Folder {
  readonly local: readonly string[];
  /** Local names that are given, as the system compares them, and which number is free next. */
  readonly given: Map<string, number>;
  /** Folders by the device's name. */
  readonly folders: Map<string, Folder>;
}

/** What a path of the device is locally. */
export interface Place {
  /** Local names from the chosen folder on; never empty. */
  readonly local: readonly string[];
  /** The last element had to be changed. */
  readonly changed: boolean;
}

/** See the head of this file. */
export class TreeNames {
  readonly #root: Folder;
  /** Whether the system takes "a" and "A" for one name. */
  readonly #foldCase: boolean;
  /** Names that an earlier go chose, by the device's path. */
  readonly #chosen: ReadonlyMap<string, string>;
  /** The same by the folder that they are in. */
  readonly #chosenIn = new Map<string, string[]>();

  constructor(foldCase: boolean, chosen: ReadonlyMap<string, string> = new Map()) {
    this.#foldCase = foldCase;
    this.#chosen = chosen;
    for (const [path, name] of chosen) {
      const above = path.slice(0, Math.max(0, path.lastIndexOf("/")));
      this.#chosenIn.set(above, [...(this.#chosenIn.get(above) ?? []), name]);
    }
    this.#root = this.#folder([], "");
  }

  /** A new place for a path; null when it would leave the tree, or has no end. */
  place(path: string, isFolder: boolean): Place | null {
    const elements = path.split("/");
    const last = elements.pop() ?? "";
    if (elements.length >= maxDepth || ![...elements, last].every(isElement)) {
      return null;
    }
    let folder = this.#root;
    let at = "";
    for (const element of elements) {
      at = at === "" ? element : `${at}/${element}`;
      folder = folder.folders.get(element) ?? this.#add(folder, element, at).folder;
    }
    if (!isFolder) {
      const name = this.#chosen.get(path) ?? this.#give(folder, last);
      return { local: [...folder.local, name], changed: name !== last };
    }
    const known = folder.folders.get(last);
    if (known !== undefined) {
      return { local: known.local, changed: false };
    }
    const { folder: made, name } = this.#add(folder, last, path);
    return { local: made.local, changed: name !== last };
  }

  /** One more name beside a place: something of the person's has its name, or the system forbids it. */
  another(path: string, name: string): Place {
    let folder = this.#root;
    for (const element of path.split("/").slice(0, -1)) {
      folder = folder.folders.get(element) ?? folder;
    }
    return { local: [...folder.local, this.#give(folder, name)], changed: true };
  }

  #add(above: Folder, element: string, path: string): { folder: Folder; name: string } {
    const name = this.#chosen.get(path) ?? this.#give(above, element);
    const folder = this.#folder([...above.local, name], path);
    above.folders.set(element, folder);
    return { folder, name };
  }

  /** What an earlier go chose in it is given. */
  #folder(local: readonly string[], path: string): Folder {
    const chosen = this.#chosenIn.get(path) ?? [];
    const given = new Map(chosen.map((name) => [this.#key(name), 2] as const));
    return { local, given, folders: new Map() };
  }

  #give(folder: Folder, element: string): string {
    const safe = safeName(element);
    const key = this.#key(safe);
    let number = folder.given.get(key);
    let name = safe;
    if (number !== undefined) {
      do {
        name = numbered(safe, number);
        number += 1;
      } while (folder.given.has(this.#key(name)));
      folder.given.set(this.#key(name), 2);
    }
    folder.given.set(key, number ?? 2); // a tree of one name again and again must not cost more and more
    return name;
  }

  #key(name: string): string {
    return this.#foldCase ? name.normalize("NFC").toLowerCase() : name;
  }
}

function isElement(element: string): boolean {
  return element !== "" && element !== "." && element !== ".." && !element.includes("\0");
}
