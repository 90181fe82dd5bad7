import { html, nothing, type TemplateResult } from "lit";
import { isPassthrough } from "../platform/selection.ts";
import type { Configuration } from "../platform/types.ts";

/** What the person chose. */
export interface Setup {
  readonly configurationId: string;
  readonly user: string;
  readonly credential: "password" | "key";
  readonly allowOldAlgorithms: boolean;
}

/** The form before connecting. */
export interface SetupForm {
  readonly setup: Setup;
  readonly configurations: readonly Configuration[];
  /** The SSH client is not there (yet), so that Connect cannot work. */
  readonly disabled: boolean;
  /** Highlights the switch after no_common_algorithm. */
  readonly suggestOld: boolean;
  readonly onChange: (change: Partial<Setup>) => void;
  readonly onConnect: () => void;
}

/** Renders the form, or what to do when there is no configuration to connect to. */
export function setupForm(form: SetupForm): TemplateResult {
  if (!form.configurations.some(isPassthrough)) return noConfiguration(form.configurations);
  return html`<form
    class="setup"
    autocomplete="off"
    @submit=${(event: Event) => {
      event.preventDefault();
      form.onConnect();
    }}
  >
    ${configurationField(form)} ${userField(form)} ${credentialField(form)} ${oldField(form)}
    <div class="actions">
      <button type="submit" class="primary" ?disabled=${form.disabled}>Connect</button>
    </div>
  </form>`;
}

function configurationField({ setup, configurations, onChange }: SetupForm): TemplateResult {
  return html`<div class="field">
    <label for="configuration">Configuration</label>
    <select
      id="configuration"
      .value=${setup.configurationId}
      @change=${(event: Event) => {
        onChange({ configurationId: (event.target as HTMLSelectElement).value });
      }}
    >
      ${configurations.map((configuration) => {
        const usable = isPassthrough(configuration);
        const where = `${configuration.hostname}:${String(configuration.port)}`;
        return html`<option
          value=${configuration.id}
          ?disabled=${!usable}
          ?selected=${configuration.id === setup.configurationId}
        >
          ${configuration.name === "" ? where : `${configuration.name} (${where})`}${
            usable ? "" : ` – ${configuration.protocol}, not supported`
          }
        </option>`;
      })}
    </select>
  </div>`;
}

function userField({ setup, onChange }: SetupForm): TemplateResult {
  return html`<div class="field">
    <label for="ssh-user">SSH user</label>
    <input
      id="ssh-user"
      required
      maxlength="256"
      autocomplete="off"
      autocapitalize="off"
      spellcheck="false"
      placeholder="account on the device"
      .value=${setup.user}
      @input=${(event: Event) => {
        onChange({ user: (event.target as HTMLInputElement).value });
      }}
    />
  </div>`;
}

function credentialField({ setup, onChange }: SetupForm): TemplateResult {
  return html`<div class="field">
    <label for="credential">Credential</label>
    <select
      id="credential"
      aria-describedby="credential-hint"
      @change=${(event: Event) => {
        const { value } = event.target as HTMLSelectElement;
        onChange({ credential: value === "key" ? "key" : "password" });
      }}
    >
      <option value="password" ?selected=${setup.credential === "password"}>Password</option>
      <option value="key" ?selected=${setup.credential === "key"}>Private key</option>
    </select>
    <span id="credential-hint" class="hint">
      You are asked for it when the device asks. It never leaves this browser unencrypted.
    </span>
  </div>`;
}

function oldField({ setup, suggestOld, onChange }: SetupForm): TemplateResult {
  return html`<div class="field">
    <label class="check">
      <input
        type="checkbox"
        .checked=${setup.allowOldAlgorithms}
        @change=${(event: Event) => {
          onChange({ allowOldAlgorithms: (event.target as HTMLInputElement).checked });
        }}
      />
      Allow old algorithms
    </label>
    ${
      setup.allowOldAlgorithms || suggestOld
        ? html`<div class="note warn">
            <span>
              SHA-1 and CBC ciphers are weak: whoever is between the gateway and the device may be
              able to read or change what is sent. Only for devices that know nothing better.
            </span>
          </div>`
        : nothing
    }
  </div>`;
}

function noConfiguration(others: readonly Configuration[]): TemplateResult {
  return html`<div class="note warn" data-test="no-configuration">
    <strong>This device has no PASSTHROUGH configuration to connect to.</strong>
    <span>
      ${
        others.length === 0
          ? nothing
          : `It has ${others.map((other) => `“${other.name}” (${other.protocol})`).join(", ")}, which Porthole does not support. `
      }
      In the tenant's Device management, open the device's Remote access tab and add an endpoint:
      protocol PASSTHROUGH, host 127.0.0.1, port 22.
    </span>
    <span>
      Or with the command line:
      <code class="mono">c8y remoteaccess configurations create-passthrough --device …</code>
    </span>
  </div>`;
}
