/** The terminal's directory, and typing a change of directory into it. */

import type { Files } from "../../bridge/files.ts";
import type { TerminalAccess } from "./bridge.ts";
import { shownName } from "../names.ts";
import { quoted } from "./path.ts";

/**
 * Empties the line before the command: what somebody began to type would become part of it
 * ("rm -rf " and a path). Ctrl+E and Ctrl+U do that in all shells that edit lines, and Ctrl+U
 * in those that leave it to the terminal.
 */
const CLEAR_LINE = "\u0005\u0015";

/** Types "cd" to a directory; returns why not, as a sentence, or "" when it did. */
export async function terminalHere(
  files: Pick<Files, "shellState"> | null,
  terminal: TerminalAccess | null,
  path: string,
): Promise<string> {
  if (files === null || terminal === null) return "There is no terminal on this connection.";
  // What a terminal would take as a key, or cannot be encoded, must not be typed.
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/u.test(path)) {
    return `${shownName(path)} holds characters that cannot be typed into a terminal.`;
  }
  const state = await files.shellState().catch(() => null);
  const command = `cd -- ${quoted(path)}`;
  if (state === null) {
    return `The device does not tell whether its shell waits for a command, so nothing was typed. Type it yourself: ${command}`;
  }
  if (!state.atPrompt) {
    return "A program runs in the terminal, and would get what is typed. End it, then try again.";
  }
  // The space in front keeps it out of the history of shells that are set so.
  terminal.type(`${CLEAR_LINE} ${command}\r`);
  return "";
}
