import { html, nothing, type TemplateResult } from "lit";
import { createRef, ref } from "lit/directives/ref.js";
import type { Configuration } from "../platform/types.ts";
import { exactDay } from "../style/format.ts";
import { dialog } from "../style/dialog.ts";
import type { CertificateQuestion } from "./bridge.ts";
import type { Challenge, Credential } from "./forward-environment.ts";
import { hostPort, targetName, type Place, type Target } from "./target.ts";

interface About {
  readonly target: Target;
  /** Name of the device. */
  readonly device: string;
}

/** Asks for the password of a device's page: here, in our own origin, and nowhere else. */
export function credentialDialog(
  about: About & { readonly challenge: Challenge },
  answer: (credential: Credential | null) => void,
): TemplateResult {
  const { target, device, challenge } = about;
  const [user, password] = [createRef<HTMLInputElement>(), createRef<HTMLInputElement>()];
  const finish = (send: boolean) => {
    const given = { user: user.value?.value ?? "", password: password.value?.value ?? "" };
    if (password.value) password.value.value = "";
    answer(send ? given : null);
  };
  const cancel = () => {
    finish(false);
  };
  return dialog({
    label: `Sign in to ${hostPort(target)}`,
    body: html`${
        challenge.refused
          ? html`<div class="note bad" role="alert">
              The page did not accept that user and password.
            </div>`
          : nothing
      }
      <p>
        A page of ${device} asks for a user and a password. They go to that page only, and are
        forgotten when the forward is closed.
      </p>
      ${
        challenge.realm.trim() === ""
          ? nothing
          : html`<dl class="facts">
              <dt>The page says</dt>
              <dd data-test="realm">${challenge.realm}</dd>
            </dl>`
      }
      ${credentialField("page-user", "User", "text", user)}
      ${credentialField("page-password", "Password", "password", password)}`,
    buttons: html`<button type="button" @click=${cancel}>Cancel</button>
      <button type="submit" class="primary">Sign in</button>`,
    onCancel: cancel,
    onSubmit: () => {
      finish(true);
    },
  });
}

function credentialField(
  id: string,
  label: string,
  type: "text" | "password",
  target: ReturnType<typeof createRef<HTMLInputElement>>,
): TemplateResult {
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <input
      id=${id}
      type=${type}
      ?autofocus=${type === "text"}
      autocomplete="off"
      autocapitalize="off"
      spellcheck="false"
      data-1p-ignore
      data-lpignore="true"
      ${ref(target)}
    />
  </div>`;
}

/** First use of a certificate that no authority vouches for. */
export function certificateDialog(
  about: About & { readonly question: CertificateQuestion },
  answer: (trust: boolean) => void,
): TemplateResult {
  const { target, device, question } = about;
  const fact = (name: string, value: string, mono = false) =>
    value === ""
      ? nothing
      : html`<dt>${name}</dt>
          <dd class=${mono ? "mono" : ""}>${value}</dd>`;
  return dialog({
    label: `Is this ${hostPort(target)} on ${device}?`,
    body: html`<p>
        This browser has not seen the certificate of this page before, so it cannot tell whether the
        device answers or someone in between. Compare the fingerprint with one you got another way;
        once trusted, this browser remembers its key under the name below, and Porthole refuses any
        other.
      </p>
      <dl class="facts">
        <dt>Fingerprint</dt>
        <dd class="mono" data-test="certificate-fingerprint">${question.fingerprint}</dd>
        ${fact("Issued to", question.subject)}
        ${fact("Issued by", question.issuer === question.subject ? "itself" : question.issuer)}
        ${fact("Valid", `${day(question.notBefore)} to ${day(question.notAfter)}`)}
        ${fact("Remembered as", question.name, true)}
      </dl>
      ${outdated(question)}`,
    ...yesNo("Trust this certificate", "primary", answer),
  });
}

/** Before bytes go out that gateway and platform can read. */
export function agreementDialog(
  about: About & { readonly configuration: Configuration },
  answer: (agreed: boolean) => void,
): TemplateResult {
  const { target, device, configuration } = about;
  return dialog({
    label: "Not end-to-end encrypted",
    body: html`<p>
        ${targetName(target)} on ${device} would be reached by the configuration
        “${configuration.name}”, without SSH and without TLS: the gateway and the platform can read
        and change everything on its way, passwords too.
      </p>
      <p>
        To avoid that, connect to the device by SSH first: the same page then goes through the SSH
        connection.
      </p>`,
    ...yesNo("Open it all the same", "danger", answer),
  });
}

/** Before a link opens something on a device. */
export function linkDialog(
  about: About & Pick<Place, "path">,
  answer: (open: boolean) => void,
): TemplateResult {
  const { target, device, path } = about;
  return dialog({
    label: "Open this page?",
    body: html`<p>This link opens a page on <strong>${device}</strong>:</p>
      <p class="mono" data-test="link-address">${targetName(target)}${path}</p>
      <p class="quiet">
        You did not open it before. Go on only if you expected this link: opening a page can already
        change something on a device.
      </p>`,
    ...yesNo("Open", "primary", answer),
  });
}

function yesNo(yes: string, kind: "primary" | "danger", answer: (yes: boolean) => void) {
  const refuse = () => {
    answer(false);
  };
  return {
    buttons: html`<button type="button" autofocus @click=${refuse}>Cancel</button>
      <button
        type="button"
        class=${kind}
        @click=${() => {
          answer(true);
        }}
      >
        ${yes}
      </button>`,
    onCancel: refuse,
  };
}

function outdated({ notBefore, notAfter }: CertificateQuestion): unknown {
  const now = Date.now();
  if (now >= Date.parse(notBefore) && now <= Date.parse(notAfter)) return nothing;
  return html`<div class="note warn">
    Today is outside the time for which it is valid. Devices with a wrong clock often make such
    certificates.
  </div>`;
}

function day(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : exactDay(date);
}
