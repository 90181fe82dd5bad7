import { LitElement, html, nothing, type PropertyDeclarations } from "lit";
import { keyed } from "lit/directives/keyed.js";
import type { DeviceStateEvent } from "../device/events.ts";
import type { GatewayInfo, Login } from "../platform/types.ts";
import * as platform from "../platform/client.ts";
import { codeOf } from "../platform/failure.ts";
import { sentenceOf } from "../platform/sentences.ts";
import "./account.ts";
import { Attention } from "./attention.ts";
import "./consent.ts";
import "./device-list.ts";
import { deviceElement, deviceView, loadDeviceView } from "./device-view.ts";
import { headerBar } from "./header.ts";
import type { GoEvent } from "./events.ts";
import { Router, demoCode } from "./router.ts";
import type { SignedInEvent } from "./sign-in.ts";
import "./sign-in.ts";
import { pageTitle } from "./title.ts";

const LOGIN_OVER = "Your login ended. Sign in again; you come back to this place.";

/** The whole page: who is signed in, and which place is shown. */
export class AppElement extends LitElement {
  static override properties: PropertyDeclarations = {
    login: { state: true },
    notice: { state: true },
    info: { state: true },
    problem: { state: true },
    device: { state: true },
    progress: { state: true },
    wanted: { state: true },
  };

  /** undefined until it is known. */
  declare private login: Login | null | undefined;
  declare private notice: string;
  declare private info: GatewayInfo | null;
  /** Why nothing can be shown. */
  declare private problem: string;
  declare private device: DeviceStateEvent | null;
  /** Of the device's transfers, in per cent; null while none run. */
  declare private progress: number | null;
  /** What the person is wanted for; "" for nothing. */
  declare private wanted: string;
  /** Whose pages are kept in the background while the login is over. */
  #before: Login | null = null;
  readonly #attention = new Attention((text) => {
    this.wanted = text;
  });
  readonly #router = new Router(
    () => {
      this.device = null;
      this.progress = null;
      this.requestUpdate();
    },
    () => this.#mayLeave("Leave this device?"),
  );

  constructor() {
    super();
    this.login = undefined;
    this.notice = "";
    this.info = null;
    this.problem = "";
    this.device = null;
    this.progress = null;
    this.wanted = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#router.start();
    addEventListener("beforeunload", this.#beforeUnload);
    addEventListener("hashchange", this.#hashChanged);
    this.addEventListener("porthole-go", this.#go);
    this.addEventListener("porthole-login-over", this.#loginOver);
    this.addEventListener("porthole-login-needed", this.#loginOver);
    this.addEventListener("porthole-signed-in", this.#signedIn);
    this.addEventListener("porthole-state", this.#deviceState);
    this.addEventListener("porthole-transfer-progress", ({ progress }) => {
      this.progress = progress === null ? null : Math.floor(progress * 100) / 100;
    });
    this.addEventListener("porthole-attention", (event) => {
      this.#attention.show(event.text);
    });
    if (this.#router.route.view === "device") this.#preload();
    void this.#start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#router.stop();
    removeEventListener("beforeunload", this.#beforeUnload);
    removeEventListener("hashchange", this.#hashChanged);
    this.#attention.show("");
  }

  protected override createRenderRoot(): this {
    return this;
  }

  protected override willUpdate(): void {
    const { route } = this.#router;
    this.dataset["view"] = this.login ? route.view : "sign-in";
    const title = pageTitle(route.view, this.login ?? null, this.device, this.progress);
    document.title = this.wanted === "" ? title : `${this.wanted} – ${title}`;
  }

  protected override render(): unknown {
    const { login } = this;
    const shown = login ?? this.#before;
    return html`${login ? headerBar(login, () => void this.#signOut()) : nothing}
      <main id="main" tabindex="-1">
        ${this.problem === "" ? nothing : this.#trouble()}
        ${
          login === null && this.problem === ""
            ? html`<porthole-sign-in .notice=${this.notice} .info=${this.info}></porthole-sign-in>`
            : nothing
        }
        ${
          shown === null
            ? nothing
            : html`<div class="place" ?hidden=${!login}>
                ${keyed(`${shown.tenant}/${shown.user}`, this.#place(shown))}
              </div>`
        }
      </main>
      <porthole-confirm></porthole-confirm>`;
  }

  #place(login: Login): unknown {
    const { route } = this.#router;
    switch (route.view) {
      case "list":
        return html`<porthole-device-list
          .search=${route.search}
          .page=${route.page}
        ></porthole-device-list>`;
      case "device":
        return html`${
          login.remoteAccess
            ? nothing
            : html`<div class="note warn role-missing" data-test="role-missing">
                ${sentenceOf("forbidden")}
              </div>`
        }
        ${deviceView(route, login)}`;
      case "consent":
        // Asked anew after a sign-in: the question belongs to a login.
        return this.login ? html`<porthole-consent></porthole-consent>` : nothing;
      case "account":
        return html`<porthole-account .login=${login}></porthole-account>`;
      case "unknown":
        return html`<div class="empty">
          <h1>There is nothing here</h1>
          <p class="quiet">The address may be mistyped.</p>
          <a class="button" href="/">Show all devices</a>
        </div>`;
    }
  }

  #trouble(): unknown {
    return html`<div class="empty">
      <div class="note bad" role="alert">${this.problem}</div>
      <button type="button" class="primary" @click=${() => void this.#start()}>Try again</button>
    </div>`;
  }

  /** The code of a demo link leaves the address before anything else can see it. */
  async #start(): Promise<void> {
    this.problem = "";
    const code = demoCode(new URL(location.href));
    if (code !== "") history.replaceState(null, "", location.pathname + location.search);
    try {
      this.login =
        code === "" ? await platform.currentLogin() : await platform.exchangeDemoCode(code);
      this.notice = "";
    } catch (error) {
      if (code === "") this.problem = this.#sentence(error);
      else await this.#demoFailed(error);
    }
    if (this.login) this.#preload();
    else await this.#loadInfo();
  }

  /** A spent code does not matter to someone who is signed in already. */
  async #demoFailed(error: unknown): Promise<void> {
    this.notice = this.#sentence(error);
    this.login ??= await platform.currentLogin().catch(() => null);
  }

  async #loadInfo(): Promise<void> {
    this.info = await platform.gatewayInfo().catch(() => null); // only a name on the form
  }

  #sentence(error: unknown): string {
    return sentenceOf(codeOf(error));
  }

  /** Fetches the device page ahead; a failure shows when it is needed. */
  #preload(): void {
    void loadDeviceView().catch(() => undefined);
  }

  async #mayLeave(label: string): Promise<boolean> {
    const device = deviceElement(this);
    if (!device?.busy) return true;
    const confirm = this.querySelector("porthole-confirm");
    if (confirm === null) return true;
    return confirm.ask({
      label,
      text: `This ends the connection to ${device.deviceName}, and whatever runs in it.`,
      yes: "End the connection",
      no: "Stay",
    });
  }

  async #signOut(): Promise<void> {
    if (!(await this.#mayLeave("Sign out?"))) return;
    deviceElement(this)?.disconnect();
    try {
      await platform.signOut();
    } catch (error) {
      if (codeOf(error) !== "not_signed_in") {
        this.problem = this.#sentence(error);
        return;
      }
    }
    this.#before = null;
    this.login = null;
    this.notice = "";
    await this.#loadInfo();
  }

  readonly #loginOver = (): void => {
    if (!this.login) return;
    this.#before = this.login;
    this.login = null;
    this.notice = LOGIN_OVER;
    void this.#loadInfo();
  };

  readonly #signedIn = (event: SignedInEvent): void => {
    this.login = event.login;
    this.notice = "";
    const same =
      this.#before?.user === event.login.user && this.#before.tenant === event.login.tenant;
    this.#before = null;
    this.#preload();
    void this.updateComplete.then(() => {
      const device = deviceElement(this);
      if (same && device !== null) device.reload();
      this.querySelector<HTMLElement>("#main")?.focus();
    });
  };

  readonly #go = (event: GoEvent): void => {
    void this.#router.go(event.path, event.replace);
  };

  readonly #deviceState = (event: DeviceStateEvent): void => {
    this.device = event;
  };

  /** A new demo link in a tab that shows the page already loads nothing anew. */
  readonly #hashChanged = (): void => {
    if (demoCode(new URL(location.href)) !== "") void this.#start();
  };

  readonly #beforeUnload = (event: BeforeUnloadEvent): void => {
    if (deviceElement(this)?.busy) event.preventDefault();
  };
}

customElements.define("porthole-app", AppElement);

declare global {
  interface HTMLElementTagNameMap {
    "porthole-app": AppElement;
  }
}
