import { html, nothing, type TemplateResult } from "lit";

/** The SSH server's message before the login (RFC 4252 §5.4), as text and nothing else. */
export function bannerText(banner: string): TemplateResult | typeof nothing {
  const text = banner.trim();
  if (text === "") return nothing;
  return html`<pre class="banner" tabindex="0" aria-label="Message of the device">${text}</pre>`;
}
