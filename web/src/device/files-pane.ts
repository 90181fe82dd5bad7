import { html, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import type { FileLimits } from "../bridge/files.ts";
import { combine, limitsFromAttributes, limitsOfGateway } from "../files/limits.ts";
import type { FilesElement } from "../files/panel/files-element.ts";
import type { TerminalAccess } from "../files/panel/bridge.ts";
import { gatewayFiles } from "../platform/client.ts";
import type { DeviceConnection } from "./connection.ts";
import type { DeviceFacts } from "./load.ts";

/** The element that holds it; its attributes say what files may be touched. */
interface PaneHost extends Pick<Element, "getAttribute"> {
  readonly renderRoot: ParentNode;
  readonly updateComplete: Promise<boolean>;
  requestUpdate(): void;
}

/** What the panel is given. */
export interface FilesPaneParts {
  readonly deviceId: string;
  readonly principal: string;
  readonly facts: DeviceFacts;
  readonly connection: DeviceConnection;
  readonly terminal: TerminalAccess;
  readonly onConnect: () => void;
  /** The panel hid itself: the focus is lost. */
  readonly onHidden: () => void;
}

/**
 * The `<porthole-files>` of a device. It is loaded when it is first wanted, and then stays,
 * hidden or not: its transfers go on.
 */
export class FilesPane {
  /** Whether the panel is in sight. */
  shown = false;
  /** False where the gateway wants no files panel. */
  enabled = true;
  readonly #host: PaneHost;
  #wanted = false;
  #loading: Promise<unknown> | null = null;
  #gateway: FileLimits | null = null;
  #reporting: { readonly logPaths: boolean } | null = null;
  #learning: Promise<void> | null = null;
  #unanswered = false;

  constructor(host: PaneHost) {
    this.#host = host;
  }

  /** Asks the gateway whether there is a panel, and what it may do; once, unless it failed. */
  learn(): Promise<void> {
    this.#learning ??= gatewayFiles().then(
      (files) => {
        this.enabled = files?.enabled ?? true;
        this.#gateway = limitsOfGateway(files);
        this.#reporting = files;
        this.#unanswered = false;
        this.#host.requestUpdate();
      },
      () => {
        this.#learning = null; // asked again when the panel is wanted; without an answer no files
        this.#unanswered = true;
        this.#host.requestUpdate();
      },
    );
    return this.#learning;
  }

  /** Shows or hides it. */
  show(shown: boolean): void {
    this.shown = shown && this.enabled;
    if (this.shown) this.#want();
    this.#host.requestUpdate();
  }

  /** Moves the focus into the panel, once it is there. */
  async focus(): Promise<void> {
    await this.#loading;
    await this.#host.updateComplete;
    if (this.shown) await this.#element?.focusPanel();
  }

  /** Another device: what was open is closed. */
  reset(): void {
    this.shown = false;
    this.#wanted = false;
  }

  /** Whether leaving the page would end a transfer, or lose what was typed. */
  get busy(): boolean {
    return this.#element?.busy === true;
  }

  /** Renders it once it is wanted. */
  render(parts: FilesPaneParts): TemplateResult | typeof nothing {
    const { facts, deviceId, principal, connection } = parts;
    const { tenant } = facts;
    const gateway = this.#gateway;
    if (!this.#wanted || tenant === "") return nothing;
    if (gateway === null) return this.shown && this.#unanswered ? this.#noAnswer() : nothing;
    return html`${keyed(
      deviceId,
      html`<porthole-files
        .deviceId=${deviceId}
        .tenant=${tenant}
        .principal=${principal}
        .profile=${facts.profile}
        .limits=${combine(limitsFromAttributes(this.#host), gateway)}
        .reporting=${this.#reporting}
        .live=${connection.live}
        .terminal=${parts.terminal}
        ?shown=${this.shown}
        @porthole-connect-wanted=${parts.onConnect}
        @porthole-panel-shown=${(event: { readonly shown: boolean }) => {
          this.show(event.shown);
          parts.onHidden();
        }}
      ></porthole-files>`,
    )}`;
  }

  #noAnswer(): TemplateResult {
    return html`<div class="panel bad" role="alert" data-test="files-unanswered">
      <div class="text">
        <strong>The gateway did not say what the files panel may do.</strong>
        <span class="quiet">Check the network, then try again.</span>
      </div>
      <div class="actions">
        <button type="button" @click=${() => void this.learn()}>Try again</button>
      </div>
    </div>`;
  }

  get #element(): FilesElement | null {
    const element = this.#host.renderRoot.querySelector("porthole-files");
    return element !== null && isDefined(element) ? element : null;
  }

  /** A failed load is tried again by the next wish. */
  #want(): void {
    this.#wanted = true;
    void this.learn();
    this.#loading ??= import("../files/define.ts").catch(() => {
      this.#loading = null;
    });
  }
}

/** Before it is loaded it is an element without a class. */
function isDefined(element: Element): element is FilesElement {
  return "busy" in element;
}
