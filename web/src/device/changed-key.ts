import { html, nothing, type TemplateResult } from "lit";
import type { Ending } from "./ending.ts";

/** What host_key_changed brings along. */
export interface ChangedKey {
  /** The known_hosts name. */
  readonly name: string;
  /** Fingerprints that were trusted. */
  readonly known: readonly string[];
  /** Fingerprint of the key that was offered now. */
  readonly offered: string;
}

/** Reads the detail of host_key_changed; null when it lacks the name. */
export function changedKey(ending: Ending): ChangedKey | null {
  const { name, known, offered } = ending.detail;
  if (typeof name !== "string" || name === "") return null;
  const list = Array.isArray(known) ? (known as unknown[]) : [known];
  return {
    name,
    known: list.map(fingerprint).filter((text) => text !== ""),
    offered: fingerprint(offered),
  };
}

/** Both fingerprints, one below the other so that a difference is seen. */
export function changedKeyFacts(key: ChangedKey): TemplateResult {
  return html`<dl class="facts">
    <dt>Trusted</dt>
    <dd class="mono" data-test="known-fingerprint">
      ${key.known.map((text) => html`<div>${text}</div>`)}
    </dd>
    <dt>Offered now</dt>
    <dd class="mono" data-test="offered-fingerprint">${key.offered}</dd>
    ${
      key.name === ""
        ? nothing
        : html`<dt>Name</dt>
            <dd class="mono">${key.name}</dd>`
    }
  </dl>`;
}

function fingerprint(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return "";
  const { fingerprint: print, algorithm } = value as Record<string, unknown>;
  if (typeof print !== "string") return "";
  return typeof algorithm === "string" ? `${print} (${algorithm})` : print;
}
