/** The part file of an upload: filled from where it is, compared, and dressed before it takes the name. */

import { BridgeFailure, toFailure } from "../../bridge/failure.ts";
import type { Files } from "../../bridge/files.ts";
import { byteCount } from "../../style/format.ts";
import type { Place } from "./conflicts.ts";
import { packingPays } from "./gzip.ts";
import { baseName } from "./names.ts";
import { jobResult, joined } from "./stream.ts";
import type { KeepOptions } from "./types.ts";
import { deviceDigest, mismatch, samePrefix, statOrNull } from "./verify.ts";
import type { Env } from "./work.ts";

/** Writes that were on their way at a cut may have left holes this far back. */
const DOUBTFUL_BYTES = 16 * 1024 * 1024;

/** See the head of this file. */
export class UploadPart {
  /** On the device; "" while there is none. */
  path = "";
  readonly #file: File;
  readonly #label: string;
  readonly #options: KeepOptions;
  /** Up to where the device has all its bytes, as it said; null before. */
  #confirmed: number | null = null;
  /** Something of it is on the device, or may be. */
  #begun = false;

  constructor(file: File, label: string, options: KeepOptions) {
    this.#file = file;
    this.#label = label;
    this.#options = options;
  }

  /** Something of it is on the device by now. */
  isAt(path: string): void {
    this.path = path;
    this.#begun = true;
  }

  /** Removes what the device has of it. Resolves with a sentence when it stays. */
  async drop(files: Files | null): Promise<string> {
    const { path } = this;
    this.path = "";
    this.#confirmed = null;
    return files === null && !this.#begun ? "" : await dropPart(path, files);
  }

  /** Sends what the part lacks. Resolves with the digest of the local file. */
  async fill(env: Env, place: Place): Promise<string> {
    const { at, there } = await this.#kept(env);
    env.progress(at, true);
    if (at === this.#file.size)
      return await jobResult(env.signal, () => env.disk.hash(this.#file, at));
    this.#begun = true;
    const gzip = await packingPays(env, this.#file, at);
    // What replaces a private file is private from its first byte on.
    const mode =
      place.replaced === null || this.#options.keepMode === false
        ? null
        : (place.replaced.mode & 0o777) | 0o600;
    const end = await joined(
      env.signal,
      (port) =>
        env.files.upload(
          this.path,
          { offset: at, fresh: !there, mode: there ? null : mode, gzip },
          port,
        ),
      (port) =>
        env.disk.send(this.#file, port, at, (bytes) => {
          this.#confirmed = bytes;
          env.progress(bytes);
        }),
    );
    return end.digest;
  }

  /** How much of the part is there and the same. */
  async #kept(env: Env): Promise<{ at: number; there: boolean }> {
    const entry = await statOrNull(env.files, this.path, false);
    if (entry === null) return { at: 0, there: false };
    if (entry.type !== "file") {
      throw new BridgeFailure(
        "special_file",
        `“${baseName(this.path)}” is in the way and no ordinary file. Remove it, then choose Retry.`,
      );
    }
    if (entry.size > this.#file.size) return { at: 0, there: true };
    env.note("Checking what is there already.");
    const known = Math.min(entry.size, this.#confirmed ?? entry.size);
    const before = Math.max(0, known - DOUBTFUL_BYTES);
    // Its last bytes alone say nothing of holes before them.
    const whole = this.#confirmed === null ? before : known;
    for (const at of new Set([known, before])) {
      const proof = at > 0 ? await samePrefix(env, this.path, this.#file, at) : null;
      if (proof === "hash" || (proof === "tail" && at <= whole)) {
        env.note("");
        return { at, there: true };
      }
    }
    env.note(entry.size > 0 ? "What was there is different: it begins again." : "");
    return { at: 0, there: true };
  }

  async check(env: Env, digest: string): Promise<boolean> {
    env.note("Checking what arrived.");
    const theirs = await deviceDigest(env, this.path, -1);
    const entry = await env.files.stat(this.path, false);
    if ((theirs !== null && theirs !== digest) || entry.size !== this.#file.size) {
      this.#confirmed = null;
      await env.files.remove(this.path, () => undefined).catch(() => 0);
      throw mismatch(this.#label);
    }
    return theirs !== null;
  }

  /** Mode, owner and time of the part. Resolves with what the device refused, which is no failure. */
  async dress(env: Env, place: Place): Promise<string> {
    const { replaced } = place;
    const lost: string[] = [];
    const keep = async (what: string, step: Promise<void>): Promise<void> => {
      if (await refused(step)) lost.push(what);
    };
    if (replaced !== null && this.#options.keepMode !== false) {
      const part = await env.files.stat(this.path, false);
      if (part.uid !== replaced.uid || part.gid !== replaced.gid) {
        const [uid, gid] = [replaced.uid ?? -1, replaced.gid ?? -1];
        await keep("owner", env.files.chown(this.path, uid, gid, false));
      }
      await keep("mode", env.files.chmod(this.path, replaced.mode, false));
    }
    if (this.#options.keepModified !== false) {
      await keep("time", env.files.setModified(this.path, this.#file.lastModified));
    }
    return lost.join(", ");
  }

  explained(env: Env, thrown: unknown): BridgeFailure {
    const failure = toFailure(thrown);
    if (failure.code !== "no_space" || env.signal.aborted) return failure;
    return new BridgeFailure(
      "no_space",
      `The device's disk is full. ${byteCount(this.#confirmed ?? 0)} of “${this.#label}” stay there as “${baseName(this.path)}”. Free some space on the device, then choose Retry: it goes on from there.`,
      { cause: thrown },
    );
  }
}

/** Removes a part of the device, when there is one. Resolves with a sentence when it stays. */
export async function dropPart(path: string, files: Files | null): Promise<string> {
  if (path === "") return "";
  try {
    if (files === null) throw new BridgeFailure("closed", "There is no connection.");
    // A folder is none of ours, and would go with all that is in it.
    if ((await files.stat(path, false)).type !== "dir") await files.remove(path, () => undefined);
    return "";
  } catch (thrown) {
    const { code, message } = toFailure(thrown);
    if (code === "not_found") return "";
    return `What arrived of it stays on the device as “${path}”: remove it there. ${message}`;
  }
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
