/** Permission bits and types, in the ways that people know them. */

import type { FileEntry, FileType } from "../../bridge/files.ts";

const TYPE_LETTER: Readonly<Record<FileType, string>> = {
  file: "-",
  dir: "d",
  link: "l",
  fifo: "p",
  socket: "s",
  char: "c",
  block: "b",
  unknown: "?",
};

const TYPE_WORD: Readonly<Record<FileType, string>> = {
  file: "File",
  dir: "Folder",
  link: "Link",
  fifo: "FIFO",
  socket: "Socket",
  char: "Character device",
  block: "Block device",
  unknown: "Unknown type",
};

/** "Folder", "Link to a folder", "Dangling link". */
export function typeWord({ type, target, targetType }: FileEntry): string {
  if (type !== "link") return TYPE_WORD[type];
  if (targetType !== "unknown") return `Link to a ${TYPE_WORD[targetType].toLowerCase()}`;
  return target === "" ? "Link" : "Dangling link";
}

/** Whether a link leads nowhere, as far as is known. */
export function dangles({ type, target, targetType }: FileEntry): boolean {
  return type === "link" && target !== "" && targetType === "unknown";
}

/** FIFO, socket, device: nothing that can be downloaded. */
export function isSpecial({ type, targetType }: FileEntry): boolean {
  const real = type === "link" ? targetType : type;
  return real === "fifo" || real === "socket" || real === "char" || real === "block";
}

/** "-rwxr-xr-x", with s and t as ls has them. */
export function modeText(entry: Pick<FileEntry, "type" | "mode">): string {
  const { mode } = entry;
  let text = TYPE_LETTER[entry.type];
  for (let shift = 6; shift >= 0; shift -= 3) {
    const bits = mode >> shift;
    const special = mode & (shift === 6 ? 0o4000 : shift === 3 ? 0o2000 : 0o1000);
    const letter = shift === 0 ? "t" : "s";
    text += bits & 4 ? "r" : "-";
    text += bits & 2 ? "w" : "-";
    if (special) text += bits & 1 ? letter : letter.toUpperCase();
    else text += bits & 1 ? "x" : "-";
  }
  return text;
}

/** "0755". */
export function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}

/** Reads "755" or "0755"; null when it is no mode. */
export function fromOctal(text: string): number | null {
  const digits = text.trim().replace(/^0o/, "");
  return /^[0-7]{3,5}$/.test(digits) && parseInt(digits, 8) <= 0o7777 ? parseInt(digits, 8) : null;
}
