import { html, type TemplateResult } from "lit";
import type { Presence } from "../platform/types.ts";

const WORDS: Readonly<Record<Presence, string>> = {
  online: "Online",
  offline: "Offline",
  maintenance: "Maintenance",
  unknown: "Unknown",
};

/** Dot and word: never the colour alone. */
export function presenceMark(presence: Presence): TemplateResult {
  return html`<span class="presence" data-presence=${presence}>${WORDS[presence]}</span>`;
}
