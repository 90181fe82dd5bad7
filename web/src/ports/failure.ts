import { codeOf } from "../platform/failure.ts";
import { explain, type Explanation } from "../platform/sentences.ts";

/** A failure that this page found itself: its message is the sentence for the person. */
export class PortsFailure extends Error {
  override readonly name = "PortsFailure";
  /** One of our own, or of ssh/wire/error.go. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What is shown of whatever was thrown. */
export function explanationOf(error: unknown): Explanation {
  if (error instanceof PortsFailure) return { what: error.message, facts: "", next: "" };
  return explain(codeOf(error), error instanceof Error ? error.message : "");
}

/** The same as one text. */
export function sentencesOf({ what, facts, next }: Explanation): string {
  return [what, facts, next].filter((part) => part !== "").join(" ");
}
