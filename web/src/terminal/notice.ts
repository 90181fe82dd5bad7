/** What the terminal itself writes onto the screen, beside the device's output. */

const encoder = new TextEncoder();

const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;

/**
 * Undoes what a program that was cut off may have left: CAN ends a sequence cut in the
 * middle; then alternate screen, scroll region and origin (by soft reset, which leaves the
 * cursor alone where DECSTBM would send it home), mouse reports, focus reports, bracketed
 * paste, application keys, hidden cursor, colours, character set. The cursor is saved first
 * because leaving the alternate screen restores it even when there was none to leave.
 */
const recover =
  "\u0018\u001b7\u001b[?1049l\u001b[!p\u001b[?9;1000;1002;1003;1004;1005;1006;1015;2004l\u001b[?1l\u001b>\u001b[?25h\u001b[0m\u000f";

/** Bytes that bring the screen back to order after a session, scrollback kept. */
export function recoverBytes(): Uint8Array {
  return encoder.encode(recover);
}

/** Lines of ours, dim, each on a line of its own; text may hold what a device said. */
export function noticeBytes(text: string, column: number): Uint8Array {
  const lines = text.replace(/\r\n?/g, "\n").replace(controls, "").split("\n");
  const start = column === 0 ? "" : "\r\n";
  return encoder.encode(`${start}\u001b[0;2m${lines.join("\r\n")}\u001b[0m\r\n`);
}

/** A window title fit to be shown: no control or direction characters, 256 characters at most. */
export function cleanTitle(title: string): string {
  return title
    .replace(/[\p{Cc}\p{Bidi_Control}]/gu, "")
    .slice(0, 256)
    .trim();
}
