/** The transfer of one file to the device. */

import type { Files } from "../../bridge/files.ts";
import { baseName } from "./names.ts";
import type { LocalItem, KeepOptions } from "./types.ts";
import { SMALL_BYTES } from "./upload-checks.ts";
import { UploadOne } from "./upload-one.ts";
import { savedAs } from "./words.ts";
import type { ChosenPlace, Env, Outcome, Remembered, Work } from "./work.ts";

export class UploadFile implements Work {
  readonly direction = "upload";
  readonly kind = "file";
  readonly name: string;
  readonly small: boolean;
  readonly lock: string;
  readonly #options: KeepOptions;
  readonly #handle: FileSystemFileHandle | null;
  readonly #one: UploadOne;
  #place: ChosenPlace | null;

  /** again: it was begun before a reload. */
  constructor(
    item: LocalItem & { file: File },
    target: string,
    options: KeepOptions,
    again?: { readonly place: ChosenPlace | null },
  ) {
    this.name = baseName(target);
    this.lock = target;
    this.small = item.file.size <= SMALL_BYTES;
    this.#options = options;
    this.#handle = item.handle ?? null;
    this.#place = again?.place ?? null;
    this.#one = new UploadOne(item.file, target, {
      ...{ label: this.name, options, hashSmall: true },
      ...{ chosen: this.#place, again: again !== undefined },
      choose: (place) => {
        this.#place = place;
      },
    });
  }

  /** Where it goes, once that is decided. */
  get path(): string {
    return this.#place?.path ?? this.#one.target;
  }

  async run(env: Env): Promise<Outcome> {
    env.total(this.#one.file.size);
    return savedAs(await this.#one.run(env), this.name, baseName(this.path));
  }

  drop(files: Files | null): Promise<string> {
    return this.#one.drop(files);
  }

  remember(): Remembered | null {
    if (this.small) return null;
    const { name, size, lastModified } = this.#one.file;
    return {
      kind: "upload",
      path: this.#one.target,
      source: { name, size, modifiedMs: lastModified },
      handle: this.#handle,
      options: this.#options,
      place: this.#place,
    };
  }
}
