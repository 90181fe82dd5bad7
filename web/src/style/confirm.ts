import { LitElement, html, nothing, type PropertyDeclarations } from "lit";
import { controlStyles } from "./sheets.ts";
import { dialog, dialogStyles } from "./dialog.ts";

/** A question with two answers. */
export interface Confirmation {
  readonly label: string;
  readonly text: unknown;
  /** What the button that goes ahead says. */
  readonly yes: string;
  /** What the button that does not says. */
  readonly no?: string;
  /** Text that has to be typed before going ahead; for what cannot be taken back. */
  readonly typed?: string;
}

/** Asks one question at a time in a modal dialog; the focus starts on the harmless answer. */
export class ConfirmElement extends LitElement {
  static override properties: PropertyDeclarations = {
    asked: { state: true },
    typedRight: { state: true },
  };
  static override styles = [controlStyles, dialogStyles];

  declare private asked: Confirmation | null;
  declare private typedRight: boolean;
  #answer: ((yes: boolean) => void) | null = null;
  #before: Element | null = null;

  constructor() {
    super();
    this.asked = null;
    this.typedRight = false;
  }

  /** Shows the question; false when cancelled, also by asking another one. */
  ask(question: Confirmation): Promise<boolean> {
    this.#settle(false);
    this.#before = deepActiveElement();
    this.asked = question;
    this.typedRight = question.typed === undefined;
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#settle(false);
  }

  protected override render(): unknown {
    const question = this.asked;
    if (question === null) return nothing;
    return dialog({
      label: question.label,
      body: html`<div>${question.text}</div>
        ${question.typed === undefined ? nothing : this.#typedField(question.typed)}`,
      buttons: html`<button
          type="button"
          ?autofocus=${question.typed === undefined}
          @click=${() => {
            this.#settle(false);
          }}
        >
          ${question.no ?? "Cancel"}
        </button>
        <button type="submit" class="danger" ?disabled=${!this.typedRight}>
          ${question.yes}
        </button>`,
      onCancel: () => {
        this.#settle(false);
      },
      onSubmit: () => {
        if (this.typedRight) this.#settle(true);
      },
    });
  }

  #typedField(typed: string): unknown {
    return html`<div class="field">
      <label for="typed">Type <span class="mono">${typed}</span> to go ahead</label>
      <input
        id="typed"
        autofocus
        autocomplete="off"
        spellcheck="false"
        autocapitalize="off"
        @input=${(event: Event) => {
          const { value } = event.target as HTMLInputElement;
          this.typedRight = value.trim() === typed.trim();
        }}
      />
    </div>`;
  }

  #settle(yes: boolean): void {
    const answer = this.#answer;
    if (answer === null) return;
    this.#answer = null;
    this.asked = null;
    const before = this.#before;
    this.#before = null;
    void this.updateComplete.then(() => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    });
    answer(yes);
  }
}

/** The focused element, looked up through shadow roots. */
export function deepActiveElement(): Element | null {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}

customElements.define("porthole-confirm", ConfirmElement);

declare global {
  interface HTMLElementTagNameMap {
    "porthole-confirm": ConfirmElement;
  }
}
