import { html, nothing, type TemplateResult } from "lit";
import type { KnownHost } from "../bridge/client.ts";

/** The host keys this browser trusts for a device, each with Remove. */
export function knownHostsList(
  hosts: readonly KnownHost[],
  onRemove: (host: KnownHost) => void,
): TemplateResult | typeof nothing {
  if (hosts.length === 0) return nothing;
  return html`<section class="known-hosts" aria-labelledby="known-hosts-title">
    <h2 id="known-hosts-title">Known hosts</h2>
    <p class="quiet">Host keys of this device that this browser trusts.</p>
    <ul>
      ${hosts.map(
        (host) =>
          html`<li>
            <div>
              <div class="mono">${host.fingerprint}</div>
              <div class="quiet"><span class="mono">${host.name}</span> ${host.algorithm}</div>
            </div>
            <button
              type="button"
              class="small"
              aria-label="Remove ${host.algorithm} key ${host.fingerprint} of ${host.name}"
              @click=${() => {
                onRemove(host);
              }}
            >
              Remove
            </button>
          </li>`,
      )}
    </ul>
  </section>`;
}
