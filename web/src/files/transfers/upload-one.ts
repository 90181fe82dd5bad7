/** One file to the device: small ones in one step, others to a part that then takes the name. */

import { BridgeFailure, toFailure } from "../../bridge/failure.ts";
import type { Files } from "../../bridge/files.ts";
import { byteCount } from "../../style/format.ts";
import { settle, Skipped, type Place } from "./conflicts.ts";
import { gzipPays } from "./gzip.ts";
import { baseName, hex, partPath } from "./names.ts";
import { jobResult, joined } from "./stream.ts";
import type { UploadOptions } from "./types.ts";
import { deviceHash, mismatch, sameBytes, samePrefix, statOrNull } from "./verify.ts";
import type { Env, Outcome } from "./work.ts";

/** Up to here a file goes in one call. */
export const SMALL_BYTES = 256 * 1024;
/** Writes that were on their way at a cut may have left holes this far back. */
const DOUBTFUL_BYTES = 16 * 1024 * 1024;

/** An upload that remembers what it did, so that another go at it continues. */
export class UploadOne {
  readonly file: File;
  readonly target: string;
  readonly #label: string;
  readonly #options: UploadOptions;
  /** Whether a small file is hashed on the device: one more command for each. */
  readonly #hashSmall: boolean;
  #place: Place | null = null;
  /** Up to where the device has all bytes of the part, as it said; null before. */
  #confirmed: number | null = null;
  /** A step that may have worked although its answer never came. */
  #unanswered: { path: string; sha256: string } | null = null;
  #part = "";

  constructor(
    file: File,
    target: string,
    about: { label: string; options: UploadOptions; hashSmall: boolean },
  ) {
    this.file = file;
    this.target = target;
    this.#label = about.label;
    this.#options = about.options;
    this.#hashSmall = about.hashSmall;
  }

  async run(env: Env): Promise<Outcome> {
    checkSize(env, this.#label, this.file.size);
    const free = await env.locks.hold(this.target, env.signal);
    try {
      if (this.file.size <= SMALL_BYTES) return await this.#inOneStep(env);
      return await this.#byPart(env);
    } finally {
      free();
    }
  }

  /** Removes what the device has of it. */
  drop(files: Files | null): void {
    if (this.#part !== "") files?.remove(this.#part, () => undefined).catch(() => 0);
    this.#part = "";
    this.#confirmed = this.#place = this.#unanswered = null;
  }

  get #facts(): { size: number; modifiedMs: number } {
    return { size: this.file.size, modifiedMs: this.file.lastModified };
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
      this.#unanswered = { path, sha256: "" };
      try {
        const modifiedMs = this.#options.keepModified === false ? null : this.file.lastModified;
        const entry = await env.small.through(() =>
          env.files.put(path, data, { replace, mode: null, modifiedMs }),
        );
        if (entry.size !== data.length) throw mismatch(this.#label);
        return await this.#smallDone(env, path, data);
      } catch (thrown) {
        if (toFailure(thrown).code !== "exists" || replace) throw thrown;
        this.#unanswered = null;
        const next = await settle(env, this.#label, this.target, this.#facts);
        if (next instanceof Skipped) return skipped(next);
        this.#place = place = next;
      }
    }
  }

  async #smallDone(env: Env, path: string, data: Uint8Array<ArrayBuffer>): Promise<Outcome> {
    env.progress(data.length);
    if (!this.#hashSmall) return { verified: false, note: "Checked by size.", sha256: "" };
    const sha256 = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", data)));
    const theirs = await deviceHash(env, path, -1);
    if (theirs !== null && theirs !== sha256) throw mismatch(this.#label);
    return checked(theirs !== null, sha256);
  }

  async #byPart(env: Env): Promise<Outcome> {
    const before = this.#unanswered;
    if (before !== null && (await this.#isThere(env, before))) {
      return checked(env.files.info.hash, before.sha256);
    }
    const place = this.#place ?? (await settle(env, this.#label, this.target, this.#facts));
    if (place instanceof Skipped) return skipped(place);
    this.#place = place;
    const { name, size, lastModified } = this.file;
    this.#part = await partPath(place.path, { name, size, modifiedMs: lastModified });
    try {
      const sha256 = await this.#fill(env, place);
      const verified = await this.#check(env, sha256);
      const lost = await this.#dress(env, place);
      const left = await this.#name(env, place, sha256);
      if (left !== null) return skipped(left);
      const { note, ...rest } = checked(verified, sha256);
      return { ...rest, note: lost === "" ? note : `${note} Its ${lost} could not be kept.` };
    } catch (thrown) {
      throw this.#explained(env, thrown);
    }
  }

  /** Sends what the part lacks. Resolves with the SHA-256 of the local file. */
  async #fill(env: Env, place: Place): Promise<string> {
    const { at, there } = await this.#kept(env);
    env.progress(at, true);
    if (at === this.file.size)
      return await jobResult(env.signal, () => env.disk.hash(this.file, at));
    const gzip = await gzipPays(
      env,
      this.file.size - at,
      async (length) => new Uint8Array(await this.file.slice(0, length).arrayBuffer()),
    );
    // What replaces a private file is private from its first byte on.
    const mode =
      place.replaced === null || this.#options.keepMode === false
        ? null
        : (place.replaced.mode & 0o777) | 0o600;
    const end = await joined(
      env.signal,
      (port) =>
        env.files.upload(
          this.#part,
          { offset: at, fresh: !there, mode: there ? null : mode, gzip },
          port,
        ),
      (port) =>
        env.disk.send(this.file, port, at, (bytes) => {
          this.#confirmed = bytes;
          env.progress(bytes);
        }),
    );
    return end.sha256;
  }

  /** How much of the part is there and the same. */
  async #kept(env: Env): Promise<{ at: number; there: boolean }> {
    const entry = await statOrNull(env.files, this.#part, false);
    if (entry === null) return { at: 0, there: false };
    if (entry.type !== "file") {
      throw new BridgeFailure(
        "special_file",
        `“${baseName(this.#part)}” is in the way and no ordinary file. Remove it, then choose Retry.`,
      );
    }
    if (entry.size > this.file.size) return { at: 0, there: true };
    env.note("Checking what is there already.");
    const known = Math.min(entry.size, this.#confirmed ?? entry.size);
    for (const at of new Set([known, Math.max(0, known - DOUBTFUL_BYTES)])) {
      if (at > 0 && (await samePrefix(env, this.#part, this.file, at))) {
        env.note("");
        return { at, there: true };
      }
    }
    env.note(entry.size > 0 ? "What was there is different: it begins again." : "");
    return { at: 0, there: true };
  }

  async #check(env: Env, sha256: string): Promise<boolean> {
    env.note("Checking what arrived.");
    const theirs = await deviceHash(env, this.#part, -1);
    const entry = await env.files.stat(this.#part, false);
    if ((theirs !== null && theirs !== sha256) || entry.size !== this.file.size) {
      this.#confirmed = null;
      await env.files.remove(this.#part, () => undefined).catch(() => 0);
      throw mismatch(this.#label);
    }
    return theirs !== null;
  }

  /** Mode, owner and time of the part. Resolves with what the device refused, which is no failure. */
  async #dress(env: Env, place: Place): Promise<string> {
    const { replaced } = place;
    const lost: string[] = [];
    const keep = async (what: string, step: Promise<void>): Promise<void> => {
      if (await refused(step)) lost.push(what);
    };
    if (replaced !== null && this.#options.keepMode !== false) {
      const part = await env.files.stat(this.#part, false);
      if (part.uid !== replaced.uid || part.gid !== replaced.gid) {
        const [uid, gid] = [replaced.uid ?? -1, replaced.gid ?? -1];
        await keep("owner", env.files.chown(this.#part, uid, gid, false));
      }
      await keep("mode", env.files.chmod(this.#part, replaced.mode, false));
    }
    if (this.#options.keepModified !== false) {
      await keep("time", env.files.setModified(this.#part, this.file.lastModified));
    }
    return lost.join(", ");
  }

  /** Gives the part its name. Resolves with why it was not taken, when it was not. */
  async #name(env: Env, first: Place, sha256: string): Promise<Skipped | null> {
    for (let place = first; ;) {
      env.signal.throwIfAborted();
      this.#unanswered = { path: place.path, sha256 };
      try {
        await env.files.rename(this.#part, place.path, place.replaced !== null);
        return null;
      } catch (thrown) {
        if (toFailure(thrown).code !== "exists" || place.replaced !== null) throw thrown;
        this.#unanswered = null;
        const next = await settle(env, this.#label, this.target, this.#facts);
        if (next instanceof Skipped) {
          await env.files.remove(this.#part, () => undefined).catch(() => 0);
          return next;
        }
        this.#place = place = next;
      }
    }
  }

  /** Whether a rename worked although the connection ended before its answer. */
  async #isThere(env: Env, before: { path: string; sha256: string }): Promise<boolean> {
    const part = await statOrNull(env.files, this.#part, false);
    const entry = await statOrNull(env.files, before.path, false);
    if (part !== null || entry?.size !== this.file.size) return false;
    const same = await samePrefix(env, before.path, this.file, this.file.size);
    if (same) env.progress(this.file.size, true);
    return same;
  }

  #explained(env: Env, thrown: unknown): BridgeFailure {
    const failure = toFailure(thrown);
    if (failure.code !== "no_space" || env.signal.aborted) return failure;
    return new BridgeFailure(
      "no_space",
      `The device's disk is full. ${byteCount(this.#confirmed ?? 0)} of “${this.#label}” stay there as “${baseName(this.#part)}”. Free some space on the device, then choose Retry: it goes on from there.`,
      { cause: thrown },
    );
  }
}

/** Refuses what the limits do not allow, before bytes move. */
export function checkSize(env: Env, name: string, size: number): void {
  const { maxBytes } = env.limits;
  if (maxBytes === 0 || size <= maxBytes) return;
  throw new BridgeFailure(
    "too_large",
    `“${name}” has ${byteCount(size)}; the largest file that is allowed here has ${byteCount(maxBytes)}.`,
  );
}

async function contents(file: File): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    throw new BridgeFailure(
      "changed",
      `“${file.name}” cannot be read: it was changed or moved on your disk after you chose it. Choose it again.`,
      { cause },
    );
  }
}

async function holds(env: Env, path: string, data: Uint8Array): Promise<boolean> {
  const entry = await statOrNull(env.files, path, false);
  if (entry?.type !== "file" || entry.size !== data.length) return false;
  return data.length === 0 || sameBytes(await env.files.read(path, 0, data.length), data);
}

async function refused(step: Promise<void>): Promise<boolean> {
  try {
    await step;
    return false;
  } catch (thrown) {
    const failure = toFailure(thrown);
    if (REFUSALS.has(failure.code)) return true;
    throw failure;
  }
}

const REFUSALS = new Set(["permission_denied", "unsupported", "file_failed", "invalid"]);

function checked(verified: boolean, sha256: string): Outcome {
  return {
    verified,
    note: verified ? "Verified by SHA-256." : "Checked by size: the device cannot hash.",
    sha256,
  };
}

function skipped(by: Skipped): Outcome {
  return { verified: false, note: by.note, sha256: "", skipped: true };
}
