import { loadBridge } from "../bridge/client.ts";
import * as platform from "../platform/client.ts";
import type {
  Configuration,
  ConnectionEvent,
  ForwardOrigin,
  ForwardsInfo,
} from "../platform/types.ts";
import type { Asker } from "../style/asker.ts";
import type {
  CertificateQuestion,
  Forward,
  ForwardConfig,
  ForwardHooks,
  PortsConnection,
  PortsScope,
} from "./bridge.ts";
import { agreementDialog, certificateDialog, credentialDialog } from "./dialogs.ts";
import { PortsFailure } from "./failure.ts";
import type { Challenge, Credential, ForwardEnvironment } from "./forward-environment.ts";
import type { Way } from "./forward-state.ts";
import type { PortsMemory } from "./memory.ts";
import type { OpenForward } from "./open-forward.ts";
import { targetKey, type Target } from "./target.ts";
import { isPlain, wayTo } from "./ways.ts";

/** The SSH connection, and the name under which the gateway's log has it. */
export interface LiveConnection {
  readonly connection: PortsConnection;
  readonly reference: string;
}

const FORWARDS_OFF =
  "This gateway shows no pages of devices: forwards are switched off. Its administrator can give them a host name with a wildcard, a second site or spare ports.";

/** What stands around the forwards of one device: connection, configurations, gateway, person. */
export class Surroundings implements ForwardEnvironment {
  readonly window = globalThis.window;
  readonly changed: () => void;
  scope: PortsScope = { tenant: "", principal: "", deviceId: "" };
  deviceName = "";
  configurations: readonly Configuration[] = [];
  /** null until the gateway answered. */
  info: ForwardsInfo | null = null;
  live: LiveConnection | null = null;
  /** Set by whoever keeps the forwards. */
  claimed: (origin: string, forward: OpenForward) => void = () => undefined;
  #gateway: Promise<ForwardsInfo> | null = null;
  readonly #memory: PortsMemory;
  readonly #asker: Asker;
  /** Configurations that the person chose for a target, though there is SSH. */
  readonly #chosen = new Map<string, Configuration>();
  /** Under which reference a configuration's direct forwards report. */
  readonly #references = new Map<string, string>();

  constructor(memory: PortsMemory, asker: Asker, changed: () => void) {
    this.#memory = memory;
    this.#asker = asker;
    this.changed = changed;
  }

  get tenant(): string {
    return this.scope.tenant;
  }

  get deviceId(): string {
    return this.scope.deviceId;
  }

  /** Where pages live on a second site, only those beside the terminal need a frame of ours. */
  get ownFrame(): boolean {
    return this.info?.kind !== "second-site";
  }

  /** How this gateway shows pages; asked for once, and again after a failure. */
  gateway(): Promise<ForwardsInfo> {
    this.#gateway ??= platform.gatewayInfo().then(
      ({ forwards }) => {
        this.info = forwards;
        this.changed();
        return forwards;
      },
      (error: unknown) => {
        this.#gateway = null;
        throw error;
      },
    );
    return this.#gateway;
  }

  /** From now on the target is reached by this configuration; SSH counts again with undefined. */
  choose(target: Target, configuration: Configuration | undefined): void {
    if (configuration === undefined) this.#chosen.delete(targetKey(target));
    else this.#chosen.set(targetKey(target), configuration);
  }

  async way(target: Target): Promise<Way> {
    const info = await this.gateway();
    if (info.kind === "") throw new PortsFailure("forwards_off", FORWARDS_OFF);
    const way = wayTo(target, {
      ssh: this.live !== null,
      configurations: this.configurations,
      policy: info.plain,
      chosen: this.#chosen.get(targetKey(target)),
    });
    if (way.kind === "direct" && isPlain(target, way) && info.plain === "ask") {
      await this.#agreement(target, way.configuration);
    }
    return way;
  }

  origin(target: Target): Promise<ForwardOrigin> {
    return platform.forwardOrigin({ device: this.deviceId, ...target });
  }

  async start(way: Way, config: ForwardConfig, hooks: ForwardHooks): Promise<Forward> {
    if (way.kind === "direct") {
      const bridge = await loadBridge();
      const url = platform.socketUrl(location.href, this.deviceId, way.configuration.id, {
        plain: isPlain(config, way),
        reference: this.#reference(way.configuration),
      });
      return bridge.directForward({ ...config, url }, hooks);
    }
    if (this.live === null) throw new PortsFailure("not_connected", "Connect to the device first.");
    return this.live.connection.forward(config, hooks);
  }

  askCertificate(target: Target, question: CertificateQuestion): Promise<boolean> {
    return this.#asker.ask<boolean>(
      "Certificate",
      (answer) => certificateDialog({ target, question, device: this.deviceName }, answer),
      false,
    );
  }

  askCredential(
    target: Target,
    challenge: Challenge,
    signal: AbortSignal,
  ): Promise<Credential | null> {
    return this.#asker.ask<Credential | null>(
      "Password wanted",
      (answer) => credentialDialog({ target, challenge, device: this.deviceName }, answer),
      null,
      signal,
    );
  }

  reference(way: Way): string {
    return way.kind === "direct"
      ? this.#reference(way.configuration)
      : (this.live?.reference ?? crypto.randomUUID());
  }

  report(reference: string, event: ConnectionEvent): void {
    platform.reportEvent(reference, event);
  }

  claim(origin: string, forward: OpenForward): void {
    this.claimed(origin, forward);
  }

  async #agreement(target: Target, configuration: Configuration): Promise<void> {
    await loadBridge(); // without it there is neither profile nor forward, and it says so
    await this.#memory.loaded;
    const agreement = agreementKey(configuration);
    if (this.#memory.agreed(agreement)) return;
    const agreed = await this.#asker.ask<boolean>(
      "Question",
      (answer) => agreementDialog({ target, configuration, device: this.deviceName }, answer),
      false,
    );
    if (!agreed) {
      throw new PortsFailure("cancelled", "You did not agree, so nothing was sent.");
    }
    await this.#memory.agree(agreement, true);
  }

  #reference(configuration: Configuration): string {
    let reference = this.#references.get(configuration.id);
    if (reference === undefined) {
      reference = crypto.randomUUID();
      this.#references.set(configuration.id, reference);
    }
    return reference;
  }
}

/** What the person agreed to: the configuration as it was, not what it may be changed to. */
function agreementKey({ id, hostname, port }: Configuration): string {
  return `${id} ${hostname}:${String(port)}`;
}
