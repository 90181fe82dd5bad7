/** Makes text from the clipboard fit for a device. */

/**
 * Control characters in pasted text act as keys: an ESC could end the bracketed paste early
 * and run what follows, a ^C interrupts. Tab and line ends stay; C0, DEL and C1 go.
 */
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/** Text as keys: Enter is CR, nothing else acts. */
export function cleanPaste(text: string): string {
  return text.replace(/\r?\n/g, "\r").replace(controls, "");
}

/** DECSET 2004 marks (xterm control sequences, "bracketed paste mode"). */
export const PASTE_START = "\u001b[200~";
/** See {@link PASTE_START}. */
export const PASTE_END = "\u001b[201~";
