import { loadBridge, type KnownHost, type Profile } from "../bridge/client.ts";
import { configurations, device, tenantName } from "../platform/client.ts";
import { isAbort } from "../platform/failure.ts";
import type { Configuration, Device } from "../platform/types.ts";
import { thrown, type Ending } from "./ending.ts";

/** Everything about a device that is there before connecting. Parts arrive one by one. */
export class DeviceFacts {
  device: Device | null = null;
  configurations: readonly Configuration[] | null = null;
  tenant = "";
  profile: Profile | null = null;
  knownHosts: readonly KnownHost[] = [];
  /** Why the device cannot be shown. */
  problem: Ending | null = null;
  /** Why no SSH client runs in this browser. */
  bridgeProblem: Ending | null = null;
  readonly #changed: () => void;
  #abort: AbortController | null = null;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Loads anew; an earlier load is abandoned. tenant is asked for when not given. */
  async load(deviceId: string, tenant: string): Promise<void> {
    this.stop();
    const abort = new AbortController();
    this.#abort = abort;
    this.device = null;
    this.configurations = null;
    this.problem = null;
    this.bridgeProblem = null;
    this.knownHosts = [];
    this.#changed();
    await Promise.all([this.#platform(deviceId, tenant, abort.signal), this.#bridge(abort.signal)]);
    if (!abort.signal.aborted) await this.loadKnownHosts(deviceId);
  }

  /** Abandons what is being loaded. */
  stop(): void {
    this.#abort?.abort();
    this.#abort = null;
  }

  /** Asks the platform again when the device was last heard of; a failure changes nothing. */
  async refresh(deviceId: string, signal: AbortSignal): Promise<void> {
    try {
      const fresh = await device(deviceId, signal);
      if (signal.aborted) return;
      this.device = fresh;
      this.#changed();
    } catch {
      // what is known already stands; the connection itself tells what is wrong
    }
  }

  /** Reads the known hosts of the device from the profile. */
  async loadKnownHosts(deviceId: string): Promise<void> {
    if (this.profile === null || this.tenant === "") return;
    try {
      this.knownHosts = await this.profile.knownHosts(this.tenant, deviceId);
    } catch {
      this.knownHosts = []; // the list is for tidying; connecting checks the file itself
    }
    this.#changed();
  }

  /** Forgets one key, all of the name when fingerprint is "". */
  async removeKnownHost(deviceId: string, name: string, fingerprint: string): Promise<void> {
    await this.profile?.removeKnownHost(name, fingerprint);
    await this.loadKnownHosts(deviceId);
  }

  async #platform(deviceId: string, tenant: string, signal: AbortSignal): Promise<void> {
    try {
      [this.device, this.configurations, this.tenant] = await Promise.all([
        device(deviceId, signal),
        configurations(deviceId, signal),
        tenant === "" ? tenantName(signal) : tenant,
      ]);
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      this.problem = thrown(error);
    }
    this.#changed();
  }

  async #bridge(signal: AbortSignal): Promise<void> {
    try {
      const bridge = await loadBridge();
      this.profile = await bridge.profile();
    } catch (error) {
      if (signal.aborted) return;
      this.bridgeProblem = thrown(error);
    }
    this.#changed();
  }
}
