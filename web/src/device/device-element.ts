import { LitElement, html, nothing, type PropertyDeclarations, type PropertyValues } from "lit";
import type { KnownHost, Session } from "../bridge/client.ts";
import type { PortsLink } from "../ports/link.ts";
import type { TerminalUnheardEvent } from "../terminal/events.ts";
import { controlStyles, stateLineStyles } from "../style/sheets.ts";
import { changedKey } from "./changed-key.ts";
import { DeviceConnection, type Phase } from "./connection.ts";
import "../style/confirm.ts";
import type { ConfirmElement } from "../style/confirm.ts";
import { NARROW, deviceStyles } from "./device-styles.ts";
import { dialogStyles } from "../style/dialog.ts";
import { DeviceStateEvent, LoginNeededEvent } from "./events.ts";
import { askForgetting, askRemoval } from "./host-key-removal.ts";
import { DeviceFacts } from "./load.ts";
import { FilesPane } from "./files-pane.ts";
import { PortsPane } from "./ports-pane.ts";
import { questionDialog } from "./question-dialog.ts";
import { Questions } from "./questions.ts";
import { SetupChoices } from "./setup-controller.ts";
import { setupView } from "./setup-view.ts";
import { deviceHeader } from "./header.ts";
import { TerminalScreen } from "./terminal-screen.ts";
import { terminalView } from "./terminal-view.ts";
import { Waiting } from "./waiting.ts";

const KEY_NOT_KEPT =
  "The host key could not be written to this browser: it is known only until this page closes.";

/**
 * `<porthole-device device-id="…">`: everything from choosing a configuration to a shell.
 * Attributes are its state: `device-id`, `tenant` (asked for when absent),
 * `configuration-id` (the rule's choice when absent), `principal` (who is signed in), and
 * `phase`, which it sets itself.
 * Fires DeviceStateEvent and LoginNeededEvent. The slot takes a link in front of the name.
 */
export class DeviceElement extends LitElement {
  static override properties: PropertyDeclarations = {
    deviceId: { attribute: "device-id" },
    tenant: {},
    configurationId: { attribute: "configuration-id", reflect: true },
    principal: {},
    portsLink: { attribute: false },
    phase: { reflect: true },
    view: { state: true },
    nudge: { state: true },
  };
  static override styles = [controlStyles, dialogStyles, stateLineStyles, deviceStyles];

  declare deviceId: string;
  declare tenant: string;
  declare configurationId: string;
  declare principal: string;
  /** A page of the device that the address names. */
  declare portsLink: PortsLink | null;
  /** Read it; writing has no effect. */
  declare phase: Phase;
  declare private view: "setup" | "terminal";
  declare private nudge: boolean;

  readonly #facts = new DeviceFacts(() => {
    this.#factsChanged();
  });
  readonly #choices = new SetupChoices(() => {
    this.requestUpdate();
  });
  readonly #questions = new Questions(() => {
    this.requestUpdate();
  });
  readonly #screen = new TerminalScreen(this);
  readonly #ports = new PortsPane(this);
  readonly #files = new FilesPane(this);
  readonly #connection = new DeviceConnection({
    changed: () => {
      this.#connectionChanged();
    },
    banner: (text) => {
      this.#banner = text;
      this.requestUpdate();
    },
    attach: (session) => {
      this.#attach(session);
    },
    size: () => this.#screen.size(),
  });
  readonly #waiting = new Waiting((signal) => {
    void this.#facts.refresh(this.deviceId, signal);
  });
  #banner = "";
  #suggestOld = false;

  constructor() {
    super();
    this.deviceId = "";
    this.tenant = "";
    this.configurationId = "";
    this.principal = "";
    this.portsLink = null;
    this.phase = "idle";
    this.view = "setup";
    this.nudge = false;
  }

  /** Whether leaving the page would end something. */
  get busy(): boolean {
    return this.#connection.open || this.#ports.busy || this.#files.busy;
  }

  /** The device's name; its id until the name is known. */
  get deviceName(): string {
    return this.#facts.device?.name ?? this.deviceId;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#facts.stop();
    this.#questions.cancel();
    this.#connection.close();
    this.#waiting.stop();
  }

  /** Loads the device anew, as after signing in again; an open connection is left alone. */
  reload(): void {
    void this.#facts.load(this.deviceId, this.tenant);
  }

  /** Connects with what the form holds. */
  connect(): void {
    const configuration = this.#facts.configurations?.find(
      ({ id }) => id === this.#choices.setup.configurationId,
    );
    const { profile, tenant } = this.#facts;
    if (this.#connection.open || !configuration || profile === null) return;
    const { user, credential, allowOldAlgorithms } = this.#choices.setup;
    this.#banner = "";
    this.#suggestOld = false;
    this.nudge = false;
    this.view = "terminal";
    void this.#choices.remember(profile, tenant, this.deviceId);
    const target = {
      ...{ tenant, deviceId: this.deviceId, configuration },
      ...{ user: user.trim(), credential, allowOldAlgorithms },
    };
    void this.#connection.run(target, this.#questions.hooks());
  }

  /** Cancels or disconnects. */
  disconnect(): void {
    this.#questions.cancel();
    this.#connection.close();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("deviceId") && this.deviceId !== "") {
      if (changed.get("deviceId")) this.#startOver();
      void this.#facts.load(this.deviceId, this.tenant);
    }
    if (changed.has("portsLink")) this.#followLink();
    const { tenant } = this.#facts;
    this.#ports.recall({ tenant, principal: this.principal, deviceId: this.deviceId });
  }

  protected override render(): unknown {
    return html`${deviceHeader({
        name: this.deviceName,
        device: this.#facts.device,
        connected: this.#connection.phase === "connected",
        portsShown: this.#ports.shown,
        filesShown: this.#files.enabled ? this.#files.shown : null,
        onPorts: (shown) => {
          this.#showBeside(shown ? "ports" : "");
        },
        onFiles: (shown) => {
          this.#showBeside(shown ? "files" : "");
        },
        onTerminal: () => {
          this.#showBeside("");
        },
        onDisconnect: () => {
          this.disconnect();
        },
      })}
      <div class="stage" ?data-beside=${this.#ports.shown || this.#files.shown}>
        <div class="main">
          ${this.view === "setup" ? this.#setupView() : nothing} ${this.#terminalView()}
        </div>
        ${this.#portsPane()} ${this.#filesPane()}
      </div>
      ${
        this.#questions.current === null
          ? nothing
          : questionDialog(this.#questions.current, this.deviceName, this.#banner)
      }
      <porthole-confirm></porthole-confirm>`;
  }

  /** The address names a page of the device, or none. */
  #followLink(): void {
    if (this.portsLink !== null) this.#files.show(false);
    this.#ports.follow(this.portsLink);
  }

  #setupView(): unknown {
    return setupView({
      facts: this.#facts,
      setup: this.#choices.setup,
      suggestOld: this.#suggestOld,
      canGoBack: this.#screen.used,
      onBack: () => {
        this.view = "terminal";
        void this.#moveFocus(this.#connection.phase);
      },
      onChange: (change) => {
        this.#choices.change(change);
        if (change.configurationId !== undefined) this.#chosen(change.configurationId);
      },
      onConnect: () => {
        this.connect();
      },
      onReload: () => {
        this.reload();
      },
      onSignIn: this.#signIn,
      onRemove: (host) => void this.#removeKnownHost(host),
    });
  }

  #terminalView(): unknown {
    return terminalView({
      connection: this.#connection,
      device: this.#facts.device,
      hidden: this.view !== "terminal",
      banner: this.#banner,
      used: this.#screen.used,
      nudge: this.nudge,
      onUnheard: this.#unheard,
      onDirectory: ({ path }) => {
        this.#screen.directory = path;
      },
      onCancel: () => {
        this.disconnect();
      },
      onReconnect: () => {
        this.connect();
      },
      onSettings: () => {
        this.view = "setup";
      },
      onSignIn: this.#signIn,
      onForget: () => void this.#forgetOldKey(),
      onAllowOld: () => {
        this.#suggestOld = true;
        this.view = "setup";
      },
    });
  }

  #portsPane(): unknown {
    return this.#ports.render({
      deviceId: this.deviceId,
      deviceName: this.deviceName,
      principal: this.principal,
      facts: this.#facts,
      connection: this.#connection,
      link: this.portsLink,
      onConnect: () => {
        this.#toConnect();
      },
      onHidden: () => {
        this.renderRoot.querySelector<HTMLElement>('[data-test="ports"]')?.focus();
      },
    });
  }

  #filesPane(): unknown {
    return this.#files.render({
      deviceId: this.deviceId,
      principal: this.principal,
      facts: this.#facts,
      connection: this.#connection,
      terminal: this.#screen,
      onConnect: () => {
        this.#toConnect();
      },
      onHidden: () => {
        this.renderRoot.querySelector<HTMLElement>('[data-test="files"]')?.focus();
      },
    });
  }

  /** One panel at a time stands beside the terminal. */
  #showBeside(which: "ports" | "files" | ""): void {
    this.#ports.show(which === "ports");
    this.#files.show(which === "files");
    if (which === "ports") void this.#ports.focus();
    if (which === "files") void this.#files.focus();
  }

  /** To where one connects: again after an end, else by the form; on a narrow screen it is behind the panel. */
  #toConnect(): void {
    if (matchMedia(NARROW).matches) this.#showBeside("");
    if (this.#connection.open) return;
    this.view = "setup";
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector<HTMLElement>("#ssh-user")?.focus();
    });
  }

  /** Typed at a dead terminal: Enter connects again, anything else is answered, not eaten. */
  readonly #unheard = (event: TerminalUnheardEvent): void => {
    if (event.data === "\r" && this.#connection.phase === "ended") this.connect();
    else this.nudge = true;
  };

  readonly #signIn = (): void => {
    this.dispatchEvent(new LoginNeededEvent());
  };

  #attach(session: Session): void {
    if (this.#banner.trim() !== "") this.#screen.notice(this.#banner.trim());
    if (this.#connection.info?.hostKeyKept === false) this.#screen.notice(KEY_NOT_KEPT);
    this.#screen.attach(session);
    void this.#facts.loadKnownHosts(this.deviceId);
  }

  #chosen(configurationId: string): void {
    this.configurationId = configurationId;
    const { profile, tenant } = this.#facts;
    if (profile !== null) void this.#choices.recall(profile, tenant, this.deviceId);
  }

  #factsChanged(): void {
    const { configurations, problem } = this.#facts;
    if (problem?.remedy === "sign-in" && !this.#connection.open) this.#signIn();
    // Not before: xterm.js would take the time that the SSH client needs to start.
    if (this.#facts.profile !== null) {
      this.#screen.preload();
      void this.#files.learn();
    }
    if (configurations !== null && this.#choices.setup.configurationId === "") {
      this.#choices.choose(configurations, this.configurationId);
    }
    if (configurations !== null && this.#facts.profile !== null && this.phase === "idle") {
      this.#chosen(this.#choices.setup.configurationId);
    }
    this.#announce();
    this.requestUpdate();
  }

  #connectionChanged(): void {
    const before = this.phase;
    const { phase, ending } = this.#connection;
    this.phase = phase;
    this.requestUpdate();
    if (before === phase) return;
    this.nudge = false;
    if (phase === "waiting") this.#waiting.start();
    else this.#waiting.stop();
    if (phase === "ended") {
      this.#questions.cancel();
      if (ending !== null) this.#screen.ended(ending);
    }
    this.#announce();
    void this.#moveFocus(phase);
  }

  #announce(): void {
    this.dispatchEvent(new DeviceStateEvent(this.deviceName, this.#connection.phase));
  }

  /** The focus goes where the next key is meant for; a dialog keeps its own. */
  async #moveFocus(phase: Phase): Promise<void> {
    await this.updateComplete;
    if (this.#questions.current !== null) return;
    if (phase === "connected") this.#screen.focus();
    else this.renderRoot.querySelector<HTMLElement>(focusOf(phase))?.focus();
  }

  async #removeKnownHost(host: KnownHost): Promise<void> {
    if (!(await askRemoval(this.#confirm, host))) return;
    await this.#facts.removeKnownHost(this.deviceId, host.name, host.fingerprint);
  }

  async #forgetOldKey(): Promise<void> {
    const ending = this.#connection.ending;
    const changed = ending === null ? null : changedKey(ending);
    if (changed === null) return;
    if (!(await askForgetting(this.#confirm, this.deviceName))) return;
    await this.#facts.removeKnownHost(this.deviceId, changed.name, "");
    this.connect();
  }

  get #confirm(): ConfirmElement {
    const element = this.renderRoot.querySelector("porthole-confirm");
    if (element === null) throw new Error("porthole-device is not rendered");
    return element;
  }

  #startOver(): void {
    this.disconnect();
    this.#ports.reset();
    this.#files.reset();
    this.#choices.reset();
    this.#screen.clear();
    this.#banner = "";
    this.configurationId = "";
    this.view = "setup";
  }
}

function focusOf(phase: Phase): string {
  return phase === "ended" ? '[data-test="reconnect"]' : '[data-test="cancel"]';
}
