import type { Profile, SettingsScope } from "../bridge/client.ts";
import { defaultConfiguration, isPassthrough } from "../platform/selection.ts";
import type { Configuration } from "../platform/types.ts";
import type { Setup } from "./setup-form.ts";

/** The choices of the form, remembered per configuration in the profile. */
export class SetupChoices {
  setup: Setup = {
    configurationId: "",
    user: "",
    credential: "password",
    allowOldAlgorithms: false,
  };
  readonly #changed: () => void;
  /** What the person touched is not overwritten by settings that arrive later. */
  #touched = false;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Back to the beginning: another device. */
  reset(): void {
    this.setup = {
      configurationId: "",
      user: "",
      credential: "password",
      allowOldAlgorithms: false,
    };
    this.#touched = false;
  }

  /** Chooses the wanted configuration if it can be used, else the one of the rule. */
  choose(configurations: readonly Configuration[], wanted: string): void {
    const usable = configurations.filter(isPassthrough);
    const chosen =
      usable.find((configuration) => configuration.id === wanted) ?? defaultConfiguration(usable);
    this.setup = { ...this.setup, configurationId: chosen?.id ?? "" };
  }

  /** The person changed something. */
  change(change: Partial<Setup>): void {
    this.#touched = change.configurationId === undefined;
    this.setup = { ...this.setup, ...change };
    this.#changed();
  }

  /** Fills in what was used last time with the chosen configuration. */
  async recall(profile: Profile, tenant: string, deviceId: string): Promise<void> {
    const { configurationId } = this.setup;
    if (configurationId === "" || this.#touched) return;
    const settings = await profile
      .settings({ tenant, deviceId, configurationId })
      .catch(() => null); // without it the form starts empty, which is no failure to show
    if (settings === null || this.#stale(configurationId)) return;
    this.setup = {
      configurationId,
      user: settings.user,
      credential: settings.credential === "key" ? "key" : "password",
      allowOldAlgorithms: settings.allowOldAlgorithms,
    };
    this.#changed();
  }

  /** Whether the person went on while the settings were read. */
  #stale(configurationId: string): boolean {
    return this.#touched || this.setup.configurationId !== configurationId;
  }

  /** Remembers the choices; a profile that cannot be written is announced elsewhere. */
  async remember(profile: Profile, tenant: string, deviceId: string): Promise<void> {
    const { configurationId, ...settings } = this.setup;
    const scope: SettingsScope = { tenant, deviceId, configurationId };
    this.#touched = false;
    await profile.saveSettings(scope, settings).catch(() => undefined);
  }
}
