/** Sentences of failures with files. The client core's own say more: which path, what to do. */

import type { Sentence } from "./sentences.ts";

export const FILE_SENTENCES: Readonly<Record<string, Sentence>> = {
  files_refused: instead(
    "The device gives no way to its files.",
    "Its SSH server offers neither SFTP nor commands to this SSH user.",
  ),
  file_failed: instead("The device refused this, and gave no reason.", "Try again."),
  exists: instead(
    "Something of that name is there already.",
    "Choose another name, or replace it.",
  ),
  permission_denied: instead(
    "The SSH user may not do this.",
    "Sign in as another SSH user, or change the rights on the device.",
  ),
  no_space: instead(
    "The device's disk is full, or a quota is used up.",
    "Make room there, then go on.",
  ),
  read_only: instead(
    "The device's file system is mounted read-only.",
    "Mount it writable on the device, or choose another folder.",
  ),
  is_directory: instead("That is a folder, not a file.", "Choose a file."),
  not_directory: instead("That is no folder.", "Choose a folder."),
  not_empty: instead("The folder is not empty.", "Remove what is in it first."),
  name_too_long: instead("The name is too long for the device.", "Choose a shorter name."),
  link_loop: instead("Symbolic links lead in a circle.", "Repair the link on the device."),
  special_file: instead(
    "That is no regular file but a pipe, a socket or a device node.",
    "Only regular files can be transferred.",
  ),
  unsupported: instead(
    "The device has no means for this.",
    "The files panel says what its SSH server lacks.",
  ),
  too_many: instead("There is more than can be shown.", "Use the terminal for this folder."),
  too_large: instead(
    "The file is larger than the limit allows.",
    "Your administrator set the limit.",
  ),
  not_allowed: instead(
    "Limits of this page forbid the path, or writing.",
    "Your administrator set them.",
  ),
  changed: instead("The file is not what it was before.", "Load it again, or start afresh."),
  hash_mismatch: instead(
    "What arrived is not what was sent.",
    "Transfer it again; if it lasts, look at the device's disk and memory.",
  ),
};

function instead(what: string, next: string): Sentence {
  return { what, next, message: "instead" };
}
