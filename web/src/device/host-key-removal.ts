import { html } from "lit";
import type { KnownHost } from "../bridge/client.ts";
import type { ConfirmElement } from "../style/confirm.ts";

/** Asks before a known host is removed; the next connection only asks again. */
export function askRemoval(confirm: ConfirmElement, host: KnownHost): Promise<boolean> {
  return confirm.ask({
    label: "Remove this host key?",
    text: html`<p>The next connection asks again whether to trust the key that the device shows.</p>
      <p class="mono">${host.fingerprint}</p>`,
    yes: "Remove",
  });
}

/** Asks before a changed key's predecessor is forgotten: the device's name must be typed. */
export function askForgetting(confirm: ConfirmElement, deviceName: string): Promise<boolean> {
  return confirm.ask({
    label: "Forget the old host key?",
    text: html`<p>
      Do this only if you know why the key changed, for instance because the device was set up anew.
      Otherwise someone may be answering in its place.
    </p>`,
    yes: "Forget the old key",
    typed: deviceName,
  });
}
