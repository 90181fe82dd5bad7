import { LitElement, html, nothing, type PropertyDeclarations } from "lit";
import { cliTokens, revokeCli, type CliToken } from "../platform/cli.ts";
import { codeOf, isAbort, isLoginOver } from "../platform/failure.ts";
import { sentenceOf } from "../platform/sentences.ts";
import type { Login } from "../platform/types.ts";
import { exactTime, relativeTime } from "../style/format.ts";
import { LoginOverEvent } from "./events.ts";

/** How often uses and connections are brought up to date. */
const REFRESH_MS = 30_000;

/** The person, and the command lines that they let in. */
export class AccountElement extends LitElement {
  static override properties: PropertyDeclarations = {
    login: { attribute: false },
    tokens: { state: true },
    problem: { state: true },
    done: { state: true },
  };

  declare login: Login | null;
  declare private tokens: readonly CliToken[] | null;
  declare private problem: string;
  /** What was just done, for a screen reader. */
  declare private done: string;
  #abort: AbortController | null = null;
  #refresh: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.login = null;
    this.tokens = null;
    this.problem = "";
    this.done = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
    this.#refresh = setInterval(() => {
      if (document.visibilityState === "visible") void this.#load();
    }, REFRESH_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#abort?.abort();
    clearInterval(this.#refresh);
  }

  protected override createRenderRoot(): this {
    return this;
  }

  protected override render(): unknown {
    const count = this.tokens?.length ?? 0;
    return html`<div class="column account">
      <h1>${this.login?.user ?? ""}</h1>
      <p class="quiet">${this.login?.tenant ?? ""}</p>
      <div class="list-head">
        <h2 id="command-lines">Command lines</h2>
        ${
          count > 0
            ? html`<button type="button" class="small" @click=${() => void this.#revokeAll()}>
                Revoke all…
              </button>`
            : nothing
        }
      </div>
      <p class="quiet">
        Programs that you let in by <code>porthole login --gateway</code>. They act as you until
        they end or you revoke them. Signing out here does not end them.
      </p>
      ${
        this.problem === ""
          ? nothing
          : html`<div class="note bad" role="alert">${this.problem}</div>`
      }
      ${this.#list()}
      <div role="status" class="quiet">${this.done}</div>
    </div>`;
  }

  #list(): unknown {
    if (this.tokens === null) return nothing;
    if (this.tokens.length === 0) {
      return html`<p data-test="no-tokens">
        No command line is signed in. <code>porthole login --gateway ${location.origin}</code>
      </p>`;
    }
    return html`<ul class="tokens" aria-labelledby="command-lines">
      ${this.tokens.map((token) => this.#row(token))}
    </ul>`;
  }

  #row(token: CliToken): unknown {
    const name = token.machine === "" ? "unnamed machine" : token.machine;
    const { connections } = token;
    return html`<li>
      <div>
        <strong><bdi>${name}</bdi></strong>
        <span class="quiet">from ${token.address}</span>
      </div>
      <div class="quiet">
        <span title=${exactTime(token.made)}>let in ${relativeTime(token.made)}</span>,
        ${
          token.lastUsed === undefined
            ? "never used"
            : html`<span title=${exactTime(token.lastUsed)}
                >used ${relativeTime(token.lastUsed)}</span
              >`
        },
        ends
        ${exactTime(token.until)}${
          connections === 0
            ? nothing
            : `, ${String(connections)} open connection${connections === 1 ? "" : "s"}`
        }
      </div>
      <button
        type="button"
        class="small"
        aria-label=${`Revoke ${name}, let in ${relativeTime(token.made)}`}
        @click=${() => void this.#revoke(token, name)}
      >
        Revoke${connections === 0 ? nothing : "…"}
      </button>
    </li>`;
  }

  async #load(): Promise<void> {
    this.#abort?.abort();
    const abort = (this.#abort = new AbortController());
    try {
      this.tokens = await cliTokens(abort.signal);
      this.problem = "";
    } catch (error) {
      if (!isAbort(error)) this.#failed(error);
    }
  }

  async #revoke(token: CliToken, name: string): Promise<void> {
    const open = token.connections;
    const asked =
      open === 0 ||
      (await this.#confirm(
        `Revoke ${name}?`,
        `This ends ${open === 1 ? "its open connection" : `its ${String(open)} open connections`}.`,
      ));
    if (asked) await this.#end(`${name} is revoked.`, token.id);
  }

  async #revokeAll(): Promise<void> {
    const text = "Every command line that you let in is signed out, and its connections end.";
    if (await this.#confirm("Revoke all command lines?", text)) {
      await this.#end("All command lines are revoked.");
    }
  }

  async #confirm(label: string, text: string): Promise<boolean> {
    const asked = document
      .querySelector("porthole-confirm")
      ?.ask({ label, text, yes: "Revoke", no: "Keep" });
    return (await asked) ?? false;
  }

  async #end(done: string, id?: string): Promise<void> {
    try {
      await revokeCli(id);
      this.done = done;
    } catch (error) {
      this.#failed(error);
      return;
    }
    await this.#load();
  }

  #failed(error: unknown): void {
    if (isLoginOver(error)) this.dispatchEvent(new LoginOverEvent());
    else this.problem = sentenceOf(codeOf(error));
  }
}

customElements.define("porthole-account", AccountElement);

declare global {
  interface HTMLElementTagNameMap {
    "porthole-account": AccountElement;
  }
}
