/** The worker's calls about the profile: what this browser remembers of hosts and devices. */

import type {
  ConfigurationSettings,
  FilesSettings,
  GoBridge,
  GoProfile,
  KnownCertificate,
  KnownHost,
  PortsScope,
  PortsSettings,
  SettingsScope,
} from "./bridge.d.ts";

/** A part of WorkerApi; WorkerHost is the rest. */
export class WorkerProfile {
  readonly #bridge: Promise<GoBridge>;
  #profile: Promise<GoProfile> | undefined;

  constructor(bridge: Promise<GoBridge>) {
    this.#bridge = bridge;
  }

  async profileDurable(): Promise<boolean> {
    return (await this.#openProfile()).durable;
  }

  async knownHosts(tenant: string, deviceId: string): Promise<KnownHost[]> {
    return (await this.#openProfile()).knownHosts(tenant, deviceId);
  }

  async removeKnownHost(name: string, fingerprint: string): Promise<void> {
    await (await this.#openProfile()).removeKnownHost(name, fingerprint);
  }

  async settings(scope: SettingsScope): Promise<ConfigurationSettings> {
    return (await this.#openProfile()).settings(scope);
  }

  async saveSettings(scope: SettingsScope, settings: ConfigurationSettings): Promise<void> {
    await (await this.#openProfile()).saveSettings(scope, settings);
  }

  async ports(scope: PortsScope): Promise<PortsSettings> {
    return (await this.#openProfile()).ports(scope);
  }

  async savePorts(scope: PortsScope, settings: PortsSettings): Promise<void> {
    await (await this.#openProfile()).savePorts(scope, settings);
  }

  async filesSettings(scope: PortsScope): Promise<FilesSettings> {
    return (await this.#openProfile()).filesSettings(scope);
  }

  async saveFilesSettings(scope: PortsScope, settings: FilesSettings): Promise<void> {
    await (await this.#openProfile()).saveFilesSettings(scope, settings);
  }

  async knownCertificates(tenant: string, deviceId: string): Promise<KnownCertificate[]> {
    return (await this.#openProfile()).knownCertificates(tenant, deviceId);
  }

  async removeKnownCertificate(name: string): Promise<void> {
    await (await this.#openProfile()).removeKnownCertificate(name);
  }

  /** The profile is opened once; a failed attempt is not kept. */
  #openProfile(): Promise<GoProfile> {
    if (this.#profile === undefined) {
      const opening = this.#bridge.then((bridge) => bridge.profile());
      this.#profile = opening;
      opening.catch(() => {
        this.#profile = undefined;
      });
    }
    return this.#profile;
  }
}
