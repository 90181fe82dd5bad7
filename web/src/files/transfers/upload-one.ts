/** One file to the device: small ones in one step, others to a part that then takes the name. */

import { toFailure } from "../../bridge/failure.ts";
import type { Files } from "../../bridge/files.ts";
import { settle, Skipped, type Place } from "./conflicts.ts";
import { hex, partPath } from "./names.ts";
import type { KeepOptions } from "./types.ts";
import { checked, checkSize, contents, holds, skipped, SMALL_BYTES } from "./upload-checks.ts";
import { UploadPart } from "./upload-part.ts";
import { deviceDigest, mismatch, samePrefix, statOrNull, type Proof } from "./verify.ts";
import type { ChosenPlace, Env, Outcome } from "./work.ts";

/** What is to be known of an upload beside its file. */
export interface UploadAbout {
  /** Its name in questions. */
  readonly label: string;
  readonly options: KeepOptions;
  readonly hashSmall: boolean;
  /** After a reload: what had been decided about its name, if anything. */
  readonly chosen?: ChosenPlace | null;
  readonly again?: boolean;
  /** Hears what is decided. */
  readonly choose?: (place: ChosenPlace) => void;
}

/** An upload that remembers what it did, so that another go at it continues. */
export class UploadOne {
  readonly file: File;
  readonly target: string;
  readonly #label: string;
  readonly #options: KeepOptions;
  /** Whether a small file is hashed on the device: one more command for each. */
  readonly #hashSmall: boolean;
  #place: Place | null = null;
  /** What an earlier go decided, which this one has not looked at yet. */
  #chosen: ChosenPlace | null;
  /** An earlier go may have done it without our knowing. */
  readonly #again: boolean;
  readonly #choose: (place: ChosenPlace) => void;
  /** A step that may have worked although its answer never came. */
  #unanswered: { path: string; digest: string } | null = null;
  readonly #part: UploadPart;

  constructor(file: File, target: string, about: UploadAbout) {
    this.file = file;
    this.target = target;
    this.#label = about.label;
    this.#options = about.options;
    this.#hashSmall = about.hashSmall;
    this.#chosen = about.chosen ?? null;
    this.#again = about.again ?? false;
    this.#choose = about.choose ?? (() => undefined);
    this.#part = new UploadPart(file, about.label, about.options);
  }

  async run(env: Env): Promise<Outcome> {
    checkSize(env, this.#label, this.file.size);
    const free = await env.locks.hold(this.target, env.signal);
    try {
      await this.#recall(env);
      if (this.file.size <= SMALL_BYTES) return await this.#inOneStep(env);
      return await this.#byPart(env);
    } finally {
      free();
    }
  }

  /** The path of its part on the device; "" while there is none. */
  get part(): string {
    return this.#part.path;
  }

  /** Removes what the device has of it. Resolves with a sentence when something stays. */
  async drop(files: Files | null): Promise<string> {
    const isUnseen = this.#again && this.#part.path === "" && this.file.size > SMALL_BYTES;
    // It has not run since a reload: what the page before left is where that one put it.
    if (isUnseen) this.#part.isAt(await this.#partOf(this.#chosen?.path ?? this.target));
    this.#place = this.#unanswered = null;
    return await this.#part.drop(files);
  }

  get #facts(): { size: number; modifiedMs: number } {
    return { size: this.file.size, modifiedMs: this.file.lastModified };
  }

  /** What was decided before a reload holds. */
  async #recall(env: Env): Promise<void> {
    const chosen = this.#chosen;
    if (chosen === null) return;
    const there = chosen.replace ? await statOrNull(env.files, chosen.path, false) : null;
    this.#place = { path: chosen.path, replaced: there?.type === "file" ? there : null };
    this.#chosen = null;
  }

  #decided(place: Place): Place {
    this.#choose({ path: place.path, replace: place.replaced !== null });
    return (this.#place = place);
  }

  async #inOneStep(env: Env): Promise<Outcome> {
    const data = await contents(this.file);
    const before = this.#unanswered;
    if (before !== null && (await holds(env, before.path, data))) {
      return await this.#smallDone(env, before.path, data);
    }
    let place: Place = this.#place ?? { path: this.target, replaced: null };
    for (;;) {
      env.signal.throwIfAborted();
      const path = place.path;
      const replace = place.replaced !== null;
      // In one step it would take the mode of what it replaces.
      if (replace && this.#options.keepMode === false) return await this.#byPart(env);
      this.#unanswered = { path, digest: "" };
      try {
        const modifiedMs = this.#options.keepModified === false ? null : this.file.lastModified;
        const entry = await env.small.through(() =>
          env.files.put(path, data, { replace, mode: null, modifiedMs }),
        );
        if (entry.size !== data.length) throw mismatch(this.#label);
        return await this.#smallDone(env, path, data);
      } catch (thrown) {
        if (toFailure(thrown).code !== "exists" || replace) throw thrown;
        if (this.#again && (await holds(env, path, data))) {
          return await this.#smallDone(env, path, data);
        }
        this.#unanswered = null;
        const next = await settle(env, this.#label, this.target, this.#facts);
        if (next instanceof Skipped) return skipped(next);
        place = this.#decided(next);
      }
    }
  }

  async #smallDone(env: Env, path: string, data: Uint8Array<ArrayBuffer>): Promise<Outcome> {
    env.progress(data.length);
    if (!this.#hashSmall) return { verified: false, note: "Checked by size.", sha256: "" };
    const sha256 = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", data)));
    const theirs = await deviceDigest(env, path, -1);
    if (theirs !== null && theirs !== sha256) throw mismatch(this.#label);
    return checked(theirs !== null, sha256);
  }

  async #byPart(env: Env): Promise<Outcome> {
    const target = this.#place?.path ?? this.target;
    this.#part.path = await this.#partOf(target);
    const before = this.#unanswered ?? (this.#again ? { path: target, digest: "" } : null);
    const proof = before === null ? null : await this.#isThere(env, before);
    // By its last bytes alone it may be another: only a rename of ours tells that it is not.
    if (before !== null && (proof === "hash" || (proof === "tail" && this.#unanswered !== null))) {
      env.progress(this.file.size, true);
      return checked(proof === "hash", before.digest);
    }
    const place = this.#place ?? (await settle(env, this.#label, this.target, this.#facts));
    if (place instanceof Skipped) {
      if (this.#again) await this.#part.drop(env.files); // what the page before left
      return skipped(place);
    }
    if (place !== this.#place) this.#decided(place);
    this.#part.path = await this.#partOf(place.path);
    try {
      const digest = await this.#part.fill(env, place);
      const verified = await this.#part.check(env, digest);
      const lost = await this.#part.dress(env, place);
      const left = await this.#name(env, place, digest);
      if (left !== null) return skipped(left);
      const { note, ...rest } = checked(verified, digest);
      return { ...rest, note: lost === "" ? note : `${note} Its ${lost} could not be kept.` };
    } catch (thrown) {
      throw this.#part.explained(env, thrown);
    }
  }

  #partOf(target: string): Promise<string> {
    const { name, size, lastModified } = this.file;
    return partPath(target, { name, size, modifiedMs: lastModified });
  }

  /** Gives the part its name. Resolves with why it was not taken, when it was not. */
  async #name(env: Env, first: Place, digest: string): Promise<Skipped | null> {
    for (let place = first; ;) {
      env.signal.throwIfAborted();
      this.#unanswered = { path: place.path, digest };
      try {
        await env.files.rename(this.#part.path, place.path, place.replaced !== null);
        return null;
      } catch (thrown) {
        if (toFailure(thrown).code !== "exists" || place.replaced !== null) throw thrown;
        this.#unanswered = null;
        const next = await settle(env, this.#label, this.target, this.#facts);
        if (next instanceof Skipped) {
          await env.files.remove(this.#part.path, () => undefined).catch(() => 0);
          return next;
        }
        place = this.#decided(next);
      }
    }
  }

  /** Whether a rename worked although the connection ended before its answer. */
  async #isThere(env: Env, before: { path: string }): Promise<Proof> {
    const part = await statOrNull(env.files, this.#part.path, false);
    const entry = await statOrNull(env.files, before.path, false);
    if (part !== null || entry?.size !== this.file.size) return null;
    return await samePrefix(env, before.path, this.file, this.file.size);
  }
}
