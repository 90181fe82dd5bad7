import { html, nothing } from "lit";
import type { FileEntry } from "../../bridge/files.ts";
import { dialog } from "../../style/dialog.ts";
import { byteCount, exactTime } from "../../style/format.ts";
import type { Draw } from "./form.ts";
import { nameText } from "./grid-row.ts";
import { dangles, modeText, octal, typeWord } from "./mode.ts";
import { groupOf, ownerOf } from "./order.ts";

/** What is shown of one entry; the rest arrives while it is looked at. */
export interface Properties {
  readonly path: string;
  readonly entry: FileEntry;
  /** Where it leads in the end; "" while unknown. */
  realPath: string;
  /** SHA-256; null while it is not asked for. */
  hash: string | null;
  /** What is done about the hash just now. */
  note: string;
  /** Makes the hash; null where the device cannot. */
  readonly onHash: (() => void) | null;
}

/** All that is known of one entry. */
export function propertiesDialog(about: Properties): Draw<null> {
  return (answer) => {
    const { path, entry, realPath, hash } = about;
    const close = () => {
      answer(null);
    };
    return dialog({
      label: "Properties",
      body: html`<dl class="facts">
        ${fact("Path", nameText(path), true)} ${fact("Type", typeWord(entry))}
        ${
          entry.type === "link" && entry.target !== ""
            ? fact(
                "Leads to",
                html`${nameText(entry.target)}${dangles(entry) ? " (nothing is there)" : nothing}`,
                true,
              )
            : nothing
        }
        ${realPath !== "" && realPath !== path ? fact("Real path", nameText(realPath), true) : nothing}
        ${
          entry.type === "file"
            ? fact("Size", `${byteCount(entry.size)} (${entry.size.toLocaleString("en")} bytes)`)
            : nothing
        }
        ${entry.modifiedMs === null ? nothing : fact("Modified", exactTime(new Date(entry.modifiedMs)))}
        ${fact("Mode", `${modeText(entry)} (${octal(entry.mode)})`, true)}
        ${fact("Owner", ownership(ownerOf(entry), entry.uid))}
        ${fact("Group", ownership(groupOf(entry), entry.gid))}
        ${entry.type === "file" ? fact("SHA-256", hashFact(hash, about), true) : nothing}
      </dl>`,
      buttons: html`<button type="submit" class="primary" autofocus>Close</button>`,
      onCancel: close,
      onSubmit: close,
    });
  };
}

function fact(name: string, value: unknown, mono = false): unknown {
  return html`<dt>${name}</dt>
    <dd class=${mono ? "mono" : ""}>${value}</dd>`;
}

function ownership(name: string, id: number | null): string {
  if (name === "") return "unknown";
  return id === null || name === String(id) ? name : `${name} (${String(id)})`;
}

function hashFact(hash: string | null, { note, onHash }: Properties): unknown {
  if (hash !== null) return hash;
  if (note !== "") return note;
  if (onHash === null) return "this device has no tool for it";
  return html`<button type="button" class="small" @click=${onHash}>Make it on the device</button>`;
}
