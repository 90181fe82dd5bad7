/** What is said when something about files fails: which, why, and what to do. */

import { codeOf } from "../../platform/failure.ts";
import { explain } from "../../platform/sentences.ts";

/** A failure that the panel found itself: its message is the sentence for the person. */
export class PanelFailure extends Error {
  override readonly name = "PanelFailure";
}

/** Something that went wrong, in words. */
export interface Trouble {
  readonly code: string;
  readonly text: string;
}

/** doing: "/etc could not be listed", without a full stop. */
export function troubleOf(doing: string, error: unknown): Trouble {
  if (error instanceof PanelFailure) return { code: "panel", text: error.message };
  const code = codeOf(error);
  const message = messageOf(error);
  const { what, facts, next } = explain(code, message);
  const why = [what, facts, next].filter((part) => part !== "").join(" ");
  return { code, text: doing === "" ? why : `${doing}. ${why}` };
}

/** Whether the connection went: nothing about the file itself. */
export function isGone(error: unknown): boolean {
  const code = codeOf(error);
  return code === "closed" || code === "lost" || code === "keepalive_timeout";
}

function messageOf(error: unknown): string {
  const has = typeof error === "object" && error !== null && "message" in error;
  return has && typeof error.message === "string" ? error.message : "";
}
