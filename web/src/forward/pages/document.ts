/** Pages of ours as HTML text, made by the service worker; bootstrap.ts brings them to life. */

import { frameAncestors } from "../csp.ts";
import { FORWARD_PATH } from "../protocol.ts";
import type { Notice } from "../words.ts";

/** Text as it may stand in HTML, in an attribute as well. */
export function escapeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** The policy of such a page: our script and the styles written in it. */
export function noticePolicy(origin: string, hosts: readonly string[]): string {
  return [
    "default-src 'none'",
    `script-src ${origin}${FORWARD_PATH}`,
    `worker-src ${origin}`, // the scope is checked too, and it is the whole origin
    "style-src 'unsafe-inline'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    frameAncestors(hosts),
  ].join("; ");
}

/** The page that says a notice. app is the origin of the app, "" when unknown. */
export function noticePage(notice: Notice, app: string, styles: string): string {
  const link = /^https?:\/\//.test(notice.link) ? escapeText(notice.link) : "";
  const again = notice.again
    ? '<button class="button" type="button" id="again">Try again</button>'
    : "";
  const away = link
    ? `<a class="button" href="${link}" rel="noreferrer noopener">Follow the link</a>`
    : "";
  // Elsewhere the Porthole tab is there already, and another one would not have its connection.
  const home =
    app && notice.waits === "tunnel"
      ? `<a href="${escapeText(app)}/" target="_blank" rel="noopener">Open Porthole</a>`
      : "";
  return `<!doctype html>
<html lang="en" data-waits="${notice.waits}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${escapeText(notice.title)}</title>
<link rel="icon" href="data:,">
<style>${styles}</style>
<script src="${FORWARD_PATH}bootstrap.js" defer></script>
</head>
<body>
<main>
<h1>${escapeText(notice.title)}</h1>
<p id="text">${escapeText(notice.text)}</p>
<p id="advice">${escapeText(notice.advice)}</p>
<p class="quiet" id="state" role="status"></p>
<p class="actions">${again}${away}${home}</p>
</main>
</body>
</html>
`;
}
