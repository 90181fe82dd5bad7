/** What the editor says of a file beside its text. */

import { html } from "lit";
import type { FileEntry } from "../../bridge/files.ts";
import { byteCount } from "../../style/format.ts";
import { EDIT_MAX_BYTES, type EditFile } from "./edit-file.ts";
import { nameOf, shownPath } from "./sentences.ts";
import { LINE_ENDS } from "./text-document.ts";
import { encodingName } from "./text-sniff.ts";

/** How a file is edited. */
export interface Editing {
  readonly path: string;
  readonly entry: FileEntry;
  readonly readOnly: boolean;
  readonly unsaved: boolean;
  readonly comparing: boolean;
}

/** Sentences above the text. */
export function editorNotes(file: EditFile, about: Editing): string[] {
  const notes: string[] = [];
  if (file.partial) {
    notes.push(
      `The file is larger than ${byteCount(EDIT_MAX_BYTES)}: its beginning is shown, and it cannot be edited here. Download it, or edit it in the terminal.`,
    );
  } else if (about.readOnly) {
    notes.push(
      about.unsaved
        ? "Writing is not allowed here any more, so your changes cannot be saved. Copy what you need of them."
        : "Writing is not allowed here, so the file is shown only.",
    );
  }
  if (about.entry.type === "link" && file.target !== about.path) {
    notes.push(
      `${shownPath(nameOf(about.path))} is a link: this edits ${shownPath(file.target)}, and the link stays.`,
    );
  }
  if (file.document.ends === "mixed") {
    notes.push("Lines end in different ways here; each stays as it is, new ones end with LF.");
  }
  if (about.comparing) {
    notes.push("Green is yours, red is what the device has. Take or keep each change, then save.");
  }
  return notes;
}

/** The line below the text. */
export function editorStatus(file: EditFile): unknown {
  const { text, ends, kind } = file.document;
  const facts = [encodingName(kind), LINE_ENDS[ends]];
  if (text !== "" && !text.endsWith("\n")) facts.push("no line end at the end");
  return html`<p class="bar status quiet">
    <span>${facts.join(" · ")}</span>
    <span>Ctrl+F finds · Ctrl+M lets Tab leave the text</span>
  </p>`;
}

/** What to do about it; the sentence before says what happened. */
export function afterFailure(code: string): string {
  switch (code) {
    case "permission_denied":
    case "read_only":
    case "not_allowed":
      return "Your text is still here: save it under another path (Save as).";
    case "no_space":
      return "Your text is still here: make room on the device, then save again.";
    case "closed":
    case "lost":
      return "Your text is still here: save again when the device is connected again.";
    default:
      return "Your text is still here, not on the device.";
  }
}
