import { LitElement, html, nothing, type PropertyDeclarations, type PropertyValues } from "lit";
import { keyed } from "lit/directives/keyed.js";
import type { Configuration } from "../platform/types.ts";
import { dialogStyles } from "../style/dialog.ts";
import { ConnectWantedEvent, PanelShownEvent } from "../style/panel-events.ts";
import { controlStyles } from "../style/sheets.ts";
import "../style/confirm.ts";
import type { PortsProfile } from "./bridge.ts";
import { PortsDesk } from "./desk.ts";
import { AttentionEvent } from "./events.ts";
import type { PortsLink } from "./link.ts";
import type { OpenForward } from "./open-forward.ts";
import { overview } from "./overview.ts";
import { panelTabs, type PanelView } from "./panel-tabs.ts";
import { PortsActions } from "./ports-actions.ts";
import { portsStyles } from "./styles.ts";
import type { LiveConnection } from "./surroundings.ts";
import { logView } from "./log-view.ts";
import { pageFrame } from "./page-frame.ts";

/**
 * `<porthole-ports>`: the pages of one device. It lives as long as the device's page, also
 * while its panel is hidden: forwards go on, and questions are asked over whatever is shown.
 * `deviceId`, `tenant` and `principal` stay what they were when `profile` was first set.
 */
export class PortsElement extends LitElement {
  static override properties: PropertyDeclarations = {
    deviceId: { attribute: false },
    tenant: { attribute: false },
    principal: { attribute: false },
    shown: { type: Boolean },
    deviceName: { attribute: false },
    configurations: { attribute: false },
    profile: { attribute: false },
    live: { attribute: false },
    link: { attribute: false },
    view: { state: true },
    filter: { state: true },
    round: { state: true },
    said: { state: true },
  };
  static override styles = [controlStyles, dialogStyles, ...portsStyles];

  declare deviceId: string;
  declare tenant: string;
  declare principal: string;
  /** Whether the panel is in sight. */
  declare shown: boolean;
  declare deviceName: string;
  declare configurations: readonly Configuration[];
  declare profile: PortsProfile | null;
  /** The SSH connection; null when there is none. */
  declare live: LiveConnection | null;
  /** A page that the address names; opened once, after asking. */
  declare link: PortsLink | null;
  declare private view: PanelView;
  declare private filter: string;
  declare private round: number;
  /** Told to assistive technology. */
  declare private said: string;

  readonly #desk = new PortsDesk(() => {
    this.requestUpdate();
  });
  readonly #actions = new PortsActions(this.#desk, {
    element: this,
    show: (view) => {
      this.view = view;
    },
    say: (text) => {
      this.said = text;
    },
  });
  #started = false;
  #linkDone: PortsLink | null = null;
  #attention = "";
  /** The note that was scrolled to last. */
  #noted: object | null = null;

  constructor() {
    super();
    this.deviceId = "";
    this.tenant = "";
    this.principal = "";
    this.shown = false;
    this.deviceName = "";
    this.configurations = [];
    this.profile = null;
    this.live = null;
    this.link = null;
    this.view = { kind: "overview" };
    this.filter = "";
    this.round = 0;
    this.said = "";
  }

  /** Whether leaving the page would end forwards that need no SSH connection. */
  get busy(): boolean {
    return this.#desk.forwards.list.some(
      ({ phase, way }) => phase === "open" && way?.kind === "direct",
    );
  }

  /** Moves the focus into the panel, as after the button that shows it. */
  async focusPanel(): Promise<void> {
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>('.tab[aria-pressed="true"]')?.focus();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("pagehide", this.#leaving);
    this.#desk.forwards.watch(() => this.shown && document.visibilityState === "visible");
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("pagehide", this.#leaving);
    this.#desk.stop();
    this.#attend("");
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { surroundings, forwards, finder } = this.#desk;
    surroundings.deviceName = this.deviceName;
    surroundings.configurations = this.configurations;
    if (changed.has("live")) this.#desk.setConnection(this.live);
    if (!this.#started && this.profile !== null && this.deviceId !== "")
      void this.#start(this.profile);
    if (this.shown && this.live !== null && !finder.busy && !finder.done) {
      if (finder.problem === null) this.#desk.look();
    }
    if (this.view.kind === "page" && this.#desk.beside === null) this.view = { kind: "overview" };
    if (this.view.kind === "log" && !forwards.list.includes(this.view.forward)) {
      this.view = { kind: "overview" };
    }
    this.#attend(this.#desk.asker.current?.title ?? "");
  }

  protected override updated(): void {
    void this.#openLink();
    this.#showNote();
  }

  protected override render(): unknown {
    const question = this.#desk.asker.current;
    return html`<section
        class="panel"
        data-view=${this.view.kind}
        aria-label="Ports"
        ?hidden=${!this.shown}
      >
        ${panelTabs({
          view: this.view,
          beside: this.#desk.beside,
          nameOf: (target) => this.#desk.nameOf(target),
          onShow: (view) => {
            this.view = view;
          },
          onClose: () => {
            this.dispatchEvent(new PanelShownEvent(false));
          },
        })}
        <div class="content" ?hidden=${this.view.kind !== "overview"}>${this.#overview()}</div>
        ${this.view.kind === "log" ? this.#log(this.view.forward) : nothing}
        <div class="content page" ?hidden=${this.view.kind !== "page"}>${this.#page()}</div>
        <div role="status" class="sr-only">${this.said}</div>
      </section>
      ${question === null ? nothing : keyed(question.id, question.draw())}
      <porthole-confirm></porthole-confirm>`;
  }

  #overview(): unknown {
    return overview({
      desk: this.#desk,
      problem: this.link !== null && "problem" in this.link ? this.link.problem : "",
      waiting:
        this.link === null || "problem" in this.link || this.link === this.#linkDone
          ? null
          : this.link,
      actions: this.#actions,
      onConnect: () => {
        this.dispatchEvent(new ConnectWantedEvent());
      },
    });
  }

  #log(forward: OpenForward): unknown {
    return html`<div class="content log">
      ${logView({
        forward,
        filter: this.filter,
        onFilter: (filter) => {
          this.filter = filter;
        },
        onClear: () => {
          forward.log.clear();
          this.requestUpdate();
        },
        onCopy: () => void this.#actions.copy(forward.log.text(this.filter), "The log is copied."),
      })}
    </div>`;
  }

  #page(): unknown {
    const { beside } = this.#desk;
    if (beside === null) return nothing;
    return pageFrame({
      shown: beside,
      round: this.round,
      onGo: (path) => {
        this.#actions.go(beside.forward, path);
        this.round++;
      },
      onReload: () => {
        this.round++;
      },
      onTab: () => {
        this.#desk.openTab(beside.forward, beside.path);
      },
      onClose: () => {
        this.#desk.closeBeside();
      },
    });
  }

  async #start(profile: PortsProfile): Promise<void> {
    this.#started = true;
    const { tenant, principal, deviceId } = this;
    await this.#desk.start({ tenant, principal, deviceId }, profile);
  }

  /** Once what it needs is there: connection or a configuration, and what was opened before. */
  async #openLink(): Promise<void> {
    const { link } = this;
    if (link === null || link === this.#linkDone || "problem" in link) return;
    if (!this.#desk.canOpen(link.target)) return;
    this.#linkDone = link;
    await this.#desk.openLink(link);
    if (this.#desk.beside !== null) this.view = { kind: "page" };
  }

  /** What came of a click far below must be seen. */
  #showNote(): void {
    const note = this.#desk.blocked ?? this.#desk.problem;
    if (note === this.#noted) return;
    this.#noted = note;
    this.renderRoot
      .querySelector('[data-test="open-problem"], [data-test="blocked"]')
      ?.scrollIntoView({ block: "nearest" });
  }

  #attend(text: string): void {
    if (text === this.#attention) return;
    this.#attention = text;
    this.dispatchEvent(new AttentionEvent(text));
  }

  readonly #leaving = (): void => {
    this.#desk.forwards.abandon();
  };
}
