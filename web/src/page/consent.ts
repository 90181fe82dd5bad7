import { LitElement, html, nothing, type PropertyDeclarations } from "lit";
import { answerCli, askOfCli, readCliRequest, type CliQuestion } from "../platform/cli.ts";
import { codeOf, isAbort, isLoginOver, PlatformFailure } from "../platform/failure.ts";
import { sentenceOf } from "../platform/sentences.ts";
import { exactTime } from "../style/format.ts";
import { icon } from "../style/icons.ts";
import { LoginOverEvent } from "./events.ts";

/**
 * Asks the person whether a command line may act as them. What the address asks for is
 * judged by the gateway; what it refuses leads nowhere.
 */
export class ConsentElement extends LitElement {
  static override properties: PropertyDeclarations = {
    question: { state: true },
    problem: { state: true },
    answered: { state: true },
  };

  declare private question: CliQuestion | null;
  declare private problem: string;
  declare private answered: "" | "allow" | "deny";
  #abort: AbortController | null = null;

  constructor() {
    super();
    this.question = null;
    this.problem = "";
    this.answered = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#abort?.abort();
  }

  protected override createRenderRoot(): this {
    return this;
  }

  protected override render(): unknown {
    const { question } = this;
    return html`<div class="consent" aria-busy=${question === null && this.problem === ""}>
      <div class="card">
        ${this.problem === "" ? nothing : this.#refused()}
        ${question === null || this.problem !== "" ? nothing : this.#ask(question)}
      </div>
    </div>`;
  }

  #refused(): unknown {
    return html`<h1 tabindex="-1">This command line was not let in</h1>
      <div class="note bad" role="alert" data-test="consent-problem">${this.problem}</div>
      <a class="button" href="/">Show all devices</a>`;
  }

  #ask(question: CliQuestion): unknown {
    const busy = this.answered !== "";
    return html`<h1 tabindex="-1">${icon("porthole")} Let this command line in?</h1>
      <p>
        A program on this machine asks to act as you: to see your devices, to open connections to
        them, and to change their remote access configurations.
      </p>
      <dl class="facts">
        <dt>You</dt>
        <dd><bdi>${question.user}</bdi> · ${question.tenant}</dd>
        <dt>Gateway</dt>
        <dd>${location.host}</dd>
        <dt>Calls itself</dt>
        <dd data-test="machine">
          ${question.machine === "" ? "nothing" : html`<bdi>${question.machine}</bdi>`}
        </dd>
        <dt>Waits at</dt>
        <dd>${question.callback} on this machine</dd>
        <dt>Ends</dt>
        <dd>${exactTime(question.until)}, or when you revoke it under your name</dd>
      </dl>
      ${
        question.remoteAccess
          ? nothing
          : html`<div class="note">
              Your user may not connect to devices (ROLE_REMOTE_ACCESS_ADMIN is missing), and
              neither may the command line.
            </div>`
      }
      <div class="note warn">
        <span>Allow this only if you have just started <code>porthole login</code> yourself.</span>
      </div>
      <div class="actions end">
        <span role="status" class="quiet"
          >${busy ? "Going back to the command line …" : nothing}</span
        >
        <button type="button" ?disabled=${busy} @click=${() => void this.#answer(question, false)}>
          Deny
        </button>
        <button
          type="button"
          class="primary"
          ?disabled=${busy}
          @click=${() => void this.#answer(question, true)}
        >
          Allow
        </button>
      </div>`;
  }

  async #load(): Promise<void> {
    this.#abort?.abort();
    const abort = (this.#abort = new AbortController());
    try {
      this.question = await askOfCli(readCliRequest(location.search), abort.signal);
      await this.updateComplete;
      // Not on a button: a key that was meant for another window must not decide.
      this.querySelector<HTMLElement>("h1")?.focus();
    } catch (error) {
      if (!isAbort(error)) this.#failed(error);
    }
  }

  async #answer(question: CliQuestion, allow: boolean): Promise<void> {
    if (this.answered !== "") return;
    this.answered = allow ? "allow" : "deny";
    try {
      // In place of this page: Back must not ask again.
      location.replace(await answerCli(question.consent, allow));
    } catch (error) {
      this.answered = "";
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (isLoginOver(error)) {
      this.dispatchEvent(new LoginOverEvent());
      return;
    }
    const said = error instanceof PlatformFailure ? error.message : "";
    this.problem = said === "" ? sentenceOf(codeOf(error)) : said;
  }
}

customElements.define("porthole-consent", ConsentElement);

declare global {
  interface HTMLElementTagNameMap {
    "porthole-consent": ConsentElement;
  }
}
