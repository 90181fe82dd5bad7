import { LitElement, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import * as platform from "../platform/client.ts";
import { codeOf, PlatformFailure } from "../platform/failure.ts";
import { sentenceOf } from "../platform/sentences.ts";
import type { GatewayInfo, Login } from "../platform/types.ts";
import { icon } from "../style/icons.ts";

/** Fired by <porthole-sign-in> when there is a login. */
export class SignedInEvent extends Event {
  static readonly type = "porthole-signed-in";
  readonly login: Login;

  constructor(login: Login) {
    super(SignedInEvent.type, { bubbles: true });
    this.login = login;
  }
}

/** The form: user and password, and the TFA code once the tenant asks for it. */
export class SignInElement extends LitElement {
  static override properties: PropertyDeclarations = {
    notice: {},
    info: { attribute: false },
    busy: { state: true },
    problem: { state: true },
    tfa: { state: true },
    waitUntil: { state: true },
  };

  /** Why the person is here, if not by their own will. */
  declare notice: string;
  declare info: GatewayInfo | null;
  declare private busy: boolean;
  declare private problem: string;
  declare private tfa: boolean;
  /** Milliseconds since the epoch until which trying again is refused; 0 for none. */
  declare private waitUntil: number;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.notice = "";
    this.info = null;
    this.busy = false;
    this.problem = "";
    this.tfa = false;
    this.waitUntil = 0;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  /** In the page's own tree: password managers do not look into shadow roots. */
  protected override createRenderRoot(): this {
    return this;
  }

  protected override firstUpdated(): void {
    this.querySelector<HTMLInputElement>("#user")?.focus();
  }

  protected override render(): unknown {
    const wait = Math.max(0, Math.ceil((this.waitUntil - Date.now()) / 1000));
    return html`<div class="sign-in">
      <form @submit=${this.#submit}>
        <h1 class="brand">${icon("porthole")} Porthole</h1>
        ${
          this.notice === ""
            ? nothing
            : html`<div class="note warn" role="status">${this.notice}</div>`
        }
        ${invitation(this.info)}
        <div class="field">
          <label for="user">User</label>
          <input
            id="user"
            name="username"
            required
            autocomplete="username"
            autocapitalize="off"
            spellcheck="false"
          />
        </div>
        <div class="field">
          <label for="password">Password</label>
          <input
            id="password"
            name="password"
            type="password"
            required
            autocomplete="current-password"
          />
        </div>
        ${this.tfa ? this.#tfaField() : nothing}
        <div role="alert">
          ${
            this.problem === ""
              ? nothing
              : html`<div class="note bad" data-test="sign-in-problem">${this.problem}</div>`
          }
        </div>
        <button type="submit" class="primary" ?disabled=${this.busy || wait > 0}>
          ${wait > 0 ? `Try again in ${countdown(wait)}` : this.busy ? "Signing in …" : "Sign in"}
        </button>
      </form>
    </div>`;
  }

  #tfaField(): unknown {
    return html`<div class="field">
      <label for="tfa">Two-factor code</label>
      <input
        id="tfa"
        name="tfa"
        required
        inputmode="numeric"
        autocomplete="one-time-code"
        spellcheck="false"
      />
    </div>`;
  }

  readonly #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!this.busy && this.waitUntil <= Date.now()) void this.#signIn();
  };

  async #signIn(): Promise<void> {
    const value = (id: string) => this.querySelector<HTMLInputElement>(id)?.value ?? "";
    this.busy = true;
    this.problem = "";
    try {
      const login = await platform.signIn({
        user: value("#user").trim(),
        password: value("#password"),
        tfaCode: value("#tfa").trim(),
      });
      this.#clear("#password");
      this.#clear("#tfa");
      this.dispatchEvent(new SignedInEvent(login));
    } catch (error) {
      await this.#failed(error);
    } finally {
      this.busy = false;
    }
  }

  async #failed(error: unknown): Promise<void> {
    const code = codeOf(error);
    const first = code === "tfa_required" && !this.tfa;
    this.tfa ||= code === "tfa_required";
    this.problem = first ? "" : this.#sentence(code, error);
    if (error instanceof PlatformFailure && error.retryAfterMs > 0) this.#wait(error.retryAfterMs);
    if (code !== "tfa_required" && code !== "sign_in_refused") return;
    const field = this.tfa ? "#tfa" : "#password";
    this.#clear(field);
    this.busy = false;
    await this.updateComplete;
    this.querySelector<HTMLInputElement>(field)?.focus();
  }

  #sentence(code: string, error: unknown): string {
    if (code === "tfa_required") return "That two-factor code was not accepted. Type a new one.";
    if (code === "not_signed_in") return sentenceOf("sign_in_refused");
    if (code === "internal") return error instanceof Error ? error.message : sentenceOf(code);
    return sentenceOf(code);
  }

  #wait(ms: number): void {
    this.waitUntil = Date.now() + ms;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => {
      if (this.waitUntil <= Date.now()) {
        clearInterval(this.#timer);
        this.waitUntil = 0;
        this.problem = "";
      }
      this.requestUpdate();
    }, 1000);
  }

  #clear(id: string): void {
    const input = this.querySelector<HTMLInputElement>(id);
    if (input) input.value = "";
  }
}

/** Whose user is asked for; in a demo, the way in that needs none. */
function invitation(info: GatewayInfo | null): TemplateResult {
  if (info?.demo === true) {
    return html`<div class="note" data-test="demo">
        <span>
          This is a demo. The link that Porthole printed in its terminal signs you in; press Enter
          there for a new one.
        </span>
      </div>
      <p class="quiet">Or sign in with a user of the demo's own tenant.</p>`;
  }
  return html`<p class="quiet">
    ${
      info === null || info.tenant === ""
        ? "Sign in with your user of the tenant."
        : html`Sign in with your user of <strong>${info.tenant}</strong>.`
    }
  </p>`;
}

/** "4:05" or "12 s". */
export function countdown(seconds: number): string {
  if (seconds < 60) return `${String(seconds)} s`;
  return `${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, "0")}`;
}

customElements.define("porthole-sign-in", SignInElement);

declare global {
  interface HTMLElementTagNameMap {
    "porthole-sign-in": SignInElement;
  }
  interface HTMLElementEventMap {
    [SignedInEvent.type]: SignedInEvent;
  }
}
