/** Content-Disposition of a download (RFC 6266, names as RFC 8187 writes them). */

import { safeName } from "../names.ts";

/** The value that makes a browser save it under that name, and never show it. */
export function attachment(name: string): string {
  const safe = safeName(name);
  // What knows no filename*: plain letters only, so that nothing has to be quoted.
  const plain = safe.replace(/[^A-Za-z0-9 ._-]/gu, "_");
  const encoded = encodeURIComponent(safe).replace(
    /['()*!]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
