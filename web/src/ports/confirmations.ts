import { html } from "lit";
import type { ConfirmElement } from "../style/confirm.ts";
import { hostPort, targetName, type Target } from "./target.ts";

/** Asks before what a page keeps in this browser is removed. */
export function askClearing(confirm: ConfirmElement, target: Target): Promise<boolean> {
  return confirm.ask({
    label: "Clear this page's data?",
    text: html`<p>
      Cookies, storage and caches of <span class="mono">${targetName(target)}</span> are removed
      from this browser, and the user and password that you gave it. Its open tabs are signed out.
    </p>`,
    yes: "Clear",
  });
}

/** Asks before a changed certificate's predecessor is forgotten: the device's name must be typed. */
export function askForgettingCertificate(
  confirm: ConfirmElement,
  target: Target,
  deviceName: string,
): Promise<boolean> {
  return confirm.ask({
    label: "Forget the old certificate?",
    text: html`<p>
      Do this only if you know why the certificate of
      <span class="mono">${hostPort(target)}</span> changed, for instance because the service was
      set up anew. Otherwise someone may be answering in its place.
    </p>`,
    yes: "Forget the old certificate",
    typed: deviceName,
  });
}
