import { html, nothing, type TemplateResult } from "lit";
import type { FileEntry } from "../../bridge/files.ts";
import { byteCount, exactTime } from "../../style/format.ts";
import { icon, type IconName } from "../../style/icons.ts";
import { dangles, isSpecial, modeText, typeWord } from "./mode.ts";
import { nameParts, shownName } from "../names.ts";
import { groupOf, isFolder, ownerOf } from "./order.ts";

/** How much of an entry fits: all columns; name, size and time; or those on two lines. */
export type Layout = "full" | "medium" | "compact";

/** How a row is drawn. */
export interface RowLook {
  readonly layout: Layout;
  /** Place in the list, from 0. */
  readonly at: number;
  readonly top: number;
  readonly selected: boolean;
  readonly active: boolean;
  /** Something is dragged over this folder. */
  readonly target: boolean;
}

/** A name of the device, safe to look at: escapes marked, its direction kept to itself. */
export function nameText(name: string): TemplateResult {
  return html`<bdi
    >${nameParts(name).map(({ text, escaped }) =>
      escaped ? html`<span class="escape">${text}</span>` : text,
    )}</bdi
  >`;
}

/** One row. What is clicked is found by its place: rows have no listeners of their own. */
export function gridRow(entry: FileEntry, look: RowLook): TemplateResult {
  const { layout, at } = look;
  const compact = layout === "compact";
  return html`<div
    role="row"
    id=${`row-${String(at)}`}
    class="row"
    aria-rowindex=${at + 2}
    aria-selected=${look.selected ? "true" : "false"}
    data-at=${at}
    data-active=${look.active ? "" : nothing}
    data-target=${look.target ? "" : nothing}
    data-hidden=${entry.name.startsWith(".") ? "" : nothing}
    draggable="true"
    style=${`transform:translateY(${String(look.top)}px)`}
  >
    <span role="gridcell" class="name" title=${shownName(entry.name)}>
      <span class="mark" aria-hidden="true"></span>
      <span class="type" title=${typeWord(entry)} data-type=${entry.type}
        >${icon(iconOf(entry))}<span class="sr-only">${typeWord(entry)}</span></span
      >
      <span class="words">
        <span class="open">${nameText(entry.name)}</span>${linkTarget(entry)}
        ${compact ? html`<span class="about">${about(entry)}</span>` : nothing}
      </span>
    </span>
    ${compact ? nothing : cells(entry, layout)}
  </div>`;
}

function cells(entry: FileEntry, layout: Layout): TemplateResult {
  const { modifiedMs } = entry;
  return html`<span role="gridcell" class="size" title=${sizeTitle(entry)}>${sizeText(entry)}</span>
    <span
      role="gridcell"
      class="modified"
      title=${modifiedMs === null ? "" : exactTime(new Date(modifiedMs))}
      >${timeText(modifiedMs)}</span
    >
    ${
      layout === "full"
        ? html`<span role="gridcell" class="mode">${modeText(entry)}</span>
            <span role="gridcell" class="owner" title=${ownership(entry)}>${ownerOf(entry)}</span>`
        : nothing
    }`;
}

function linkTarget(entry: FileEntry): unknown {
  if (entry.type !== "link" || entry.target === "") return nothing;
  const lost = dangles(entry);
  return html` <span class="target" data-dangling=${lost ? "" : nothing}
    >→ ${nameText(entry.target)}${lost ? html` <em>leads nowhere</em>` : nothing}</span
  >`;
}

function about(entry: FileEntry): string {
  return [sizeText(entry), timeText(entry.modifiedMs)].filter((part) => part !== "").join(" · ");
}

function iconOf(entry: FileEntry): IconName {
  if (entry.type === "link") return "link";
  if (isFolder(entry)) return "folder";
  return isSpecial(entry) ? "special" : "file";
}

/** "" where a size says nothing. */
export function sizeText(entry: FileEntry): string {
  return entry.type === "file" ? byteCount(entry.size) : "";
}

function sizeTitle({ type, size }: FileEntry): string {
  return type === "file" ? `${size.toLocaleString("en")} bytes` : "";
}

function ownership(entry: FileEntry): string {
  return [ownerOf(entry), groupOf(entry)].filter((part) => part !== "").join(":");
}

/** "2026-11-22 07:20", local; "" when unknown, or no date at all. */
export function timeText(ms: number | null): string {
  if (ms === null) return "";
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return "";
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${String(date.getFullYear())}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
