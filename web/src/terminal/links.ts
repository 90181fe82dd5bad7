/** Links in the output. The device chooses the address, so only what a browser may open is. */

/** The address to open, or undefined when it is none we open. */
export function safeLink(text: string): string | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return undefined;
  }
  return url.protocol === "http:" || url.protocol === "https:" ? url.href : undefined;
}

/** Opens a link in a tab that knows nothing of this one. */
export function openLink(view: Window, text: string): void {
  const url = safeLink(text);
  if (url !== undefined) {
    view.open(url, "_blank", "noopener,noreferrer");
  }
}
