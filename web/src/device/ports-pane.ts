import { html, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import type { PortsElement } from "../ports/ports-element.ts";
import type { PortsLink } from "../ports/link.ts";
import { hasOpen } from "../ports/session.ts";
import type { DeviceConnection } from "./connection.ts";
import type { DeviceFacts } from "./load.ts";

/** The element that holds it. */
interface PaneHost {
  readonly renderRoot: ParentNode;
  readonly updateComplete: Promise<boolean>;
  requestUpdate(): void;
}

/** What the panel is given. */
export interface PaneParts {
  readonly deviceId: string;
  readonly deviceName: string;
  readonly principal: string;
  readonly facts: DeviceFacts;
  readonly connection: DeviceConnection;
  readonly link: PortsLink | null;
  readonly onConnect: () => void;
  /** The panel hid itself: the focus is lost. */
  readonly onHidden: () => void;
}

/**
 * The `<porthole-ports>` of a device. It is loaded when it is first wanted, and then stays,
 * hidden or not: its forwards go on.
 */
export class PortsPane {
  /** Whether the panel is in sight. */
  shown = false;
  readonly #host: PaneHost;
  #wanted = false;
  #loading: Promise<unknown> | null = null;

  constructor(host: PaneHost) {
    this.#host = host;
  }

  /** Shows or hides it. */
  show(shown: boolean): void {
    this.shown = shown;
    if (shown) this.#want();
    this.#host.requestUpdate();
  }

  /** Moves the focus into the panel, once it is there. */
  async focus(): Promise<void> {
    await this.#loading;
    await this.#host.updateComplete;
    const element = this.#element;
    if (this.shown) await element?.focusPanel();
  }

  /** Another device: what was open is closed. */
  reset(): void {
    this.shown = false;
    this.#wanted = false;
  }

  /** Whether leaving the page would end a forward. */
  get busy(): boolean {
    return this.#element?.busy === true;
  }

  get #element(): PortsElement | null {
    const element = this.#host.renderRoot.querySelector("porthole-ports");
    return element !== null && isDefined(element) ? element : null;
  }

  /** The address names a page of the device, or none. */
  follow(link: PortsLink | null): void {
    if (link !== null) this.show(true);
  }

  /** Loads it where forwards were open before a reload: their tabs wait. */
  recall(scope: { tenant: string; principal: string; deviceId: string }): void {
    if (!this.#wanted && scope.tenant !== "" && hasOpen(scope)) this.#want();
  }

  /** Renders it once it is wanted. */
  render(parts: PaneParts): TemplateResult | typeof nothing {
    const { facts, deviceId, principal } = parts;
    const { tenant } = facts;
    if (!this.#wanted || tenant === "" || facts.configurations === null) return nothing;
    return html`${keyed(
      deviceId,
      html`<porthole-ports
        .deviceId=${deviceId}
        .tenant=${tenant}
        .principal=${principal}
        .deviceName=${parts.deviceName}
        .configurations=${facts.configurations}
        .profile=${facts.profile}
        .live=${parts.connection.live}
        .link=${parts.link}
        ?shown=${this.shown}
        @porthole-connect-wanted=${parts.onConnect}
        @porthole-panel-shown=${(event: { readonly shown: boolean }) => {
          this.show(event.shown);
          parts.onHidden();
        }}
      ></porthole-ports>`,
    )}`;
  }

  /** A failed load is tried again by the next wish. */
  #want(): void {
    this.#wanted = true;
    this.#loading ??= import("../ports/define.ts").catch(() => {
      this.#loading = null;
    });
  }
}

/** Before it is loaded it is an element without a class. */
function isDefined(element: Element): element is PortsElement {
  return "busy" in element;
}
