/** Codes of failures that only the person's own disk and browser know, and their sentences. */

import { BridgeFailure, toFailure } from "../../bridge/failure.ts";

/** The disk of the person is full, or the browser's share of it. */
export const CODE_LOCAL_FULL = "local_full";
/** The person's file or folder cannot be written or read: gone, changed, or not allowed any more. */
export const CODE_LOCAL_FAILED = "local_failed";
/** Not a failure: the name was changed, for the system or because another had it. */
export const CODE_RENAMED = "renamed";
/** It is not what it was when the transfer began; also a code of the device's files. */
export const CODE_CHANGED = "changed";

function nameOf(thrown: unknown): string {
  return thrown instanceof Error || thrown instanceof DOMException ? thrown.name : "";
}

/** The failure of writing to the person's disk; what has a code keeps it. */
export function writeFailure(thrown: unknown, name: string): BridgeFailure {
  if (thrown instanceof BridgeFailure) {
    return thrown;
  }
  const options = { cause: thrown };
  switch (nameOf(thrown)) {
    case "QuotaExceededError":
      return new BridgeFailure(
        CODE_LOCAL_FULL,
        `There is no room left on this computer for “${name}”. Free some space, then resume: what is there is kept.`,
        options,
      );
    case "NotAllowedError":
    case "SecurityError":
      return new BridgeFailure(
        CODE_LOCAL_FAILED,
        `The browser does not allow writing “${name}” any more. Start the download again and allow it when asked.`,
        options,
      );
    case "NotFoundError":
      return new BridgeFailure(
        CODE_LOCAL_FAILED,
        `“${name}” or its folder is gone from this computer. Start the download again and choose another place.`,
        options,
      );
    case "NoModificationAllowedError":
    case "InvalidStateError":
      return new BridgeFailure(
        CODE_LOCAL_FAILED,
        `“${name}” is in use by another program or tab, or has changed meanwhile. Close it there, then try again.`,
        options,
      );
    case "AbortError":
      return new BridgeFailure(
        CODE_LOCAL_FAILED,
        `The browser refused to keep “${name}”: it takes it for dangerous. Download it as a zip file instead.`,
        options,
      );
    default:
      return unknown(thrown, `“${name}” could not be written on this computer`);
  }
}

/** The failure of reading a file of the person. */
export function readFailure(thrown: unknown, name: string): BridgeFailure {
  if (thrown instanceof BridgeFailure) {
    return thrown;
  }
  const file = name === "" ? "The file" : `“${name}”`;
  switch (nameOf(thrown)) {
    case "NotReadableError":
    case "NotFoundError":
      return new BridgeFailure(
        CODE_CHANGED,
        `${file} was changed, moved or removed on this computer while it was read. Choose it again.`,
        { cause: thrown },
      );
    case "NotAllowedError":
    case "SecurityError":
      return new BridgeFailure(
        CODE_LOCAL_FAILED,
        `The browser does not allow reading ${name === "" ? "the file" : file} any more. Choose it again.`,
        { cause: thrown },
      );
    default:
      return unknown(thrown, `${file} could not be read on this computer`);
  }
}

function unknown(thrown: unknown, what: string): BridgeFailure {
  const failure = toFailure(thrown);
  if (failure.code !== "internal") {
    return failure;
  }
  const why = thrown instanceof Error && thrown.message !== "" ? ` (${thrown.message})` : "";
  return new BridgeFailure(
    CODE_LOCAL_FAILED,
    `${what}${why}. Try again, or choose another place.`,
    {
      cause: thrown,
    },
  );
}
