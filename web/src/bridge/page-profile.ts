/** Profile of client.ts over the worker's calls. */

import type {
  ConfigurationSettings,
  FilesSettings,
  KnownCertificate,
  KnownHost,
  PortsScope,
  PortsSettings,
  SettingsScope,
} from "./bridge.d.ts";
import type { Profile } from "./client.ts";
import type { WorkerHandle } from "./loader.ts";

/** See {@link Profile}. */
export class PageProfile implements Profile {
  readonly durable: boolean;
  readonly #worker: WorkerHandle;

  constructor(worker: WorkerHandle, durable: boolean) {
    this.#worker = worker;
    this.durable = durable;
  }

  knownHosts(tenant: string, deviceId: string): Promise<KnownHost[]> {
    return this.#worker.guard(this.#worker.api.knownHosts(tenant, deviceId));
  }

  removeKnownHost(name: string, fingerprint: string): Promise<void> {
    return this.#worker.guard(this.#worker.api.removeKnownHost(name, fingerprint));
  }

  settings(scope: SettingsScope): Promise<ConfigurationSettings> {
    return this.#worker.guard(this.#worker.api.settings(scope));
  }

  saveSettings(scope: SettingsScope, settings: ConfigurationSettings): Promise<void> {
    return this.#worker.guard(this.#worker.api.saveSettings(scope, settings));
  }

  ports(scope: PortsScope): Promise<PortsSettings> {
    return this.#worker.guard(this.#worker.api.ports(scope));
  }

  savePorts(scope: PortsScope, settings: PortsSettings): Promise<void> {
    return this.#worker.guard(this.#worker.api.savePorts(scope, settings));
  }

  filesSettings(scope: PortsScope): Promise<FilesSettings> {
    return this.#worker.guard(this.#worker.api.filesSettings(scope));
  }

  saveFilesSettings(scope: PortsScope, settings: FilesSettings): Promise<void> {
    return this.#worker.guard(this.#worker.api.saveFilesSettings(scope, settings));
  }

  knownCertificates(tenant: string, deviceId: string): Promise<KnownCertificate[]> {
    return this.#worker.guard(this.#worker.api.knownCertificates(tenant, deviceId));
  }

  removeKnownCertificate(name: string): Promise<void> {
    return this.#worker.guard(this.#worker.api.removeKnownCertificate(name));
  }
}
