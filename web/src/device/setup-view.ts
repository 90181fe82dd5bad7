import { html, nothing, type TemplateResult } from "lit";
import type { KnownHost } from "../bridge/client.ts";
import "../files/left-element.ts";
import { knownHostsList } from "./known-hosts.ts";
import type { DeviceFacts } from "./load.ts";
import { setupForm, type Setup } from "./setup-form.ts";

/** What is shown before connecting, and what its buttons do. */
export interface SetupView {
  readonly facts: DeviceFacts;
  readonly setup: Setup;
  readonly suggestOld: boolean;
  /** There is earlier output to go back to. */
  readonly canGoBack: boolean;
  readonly onBack: () => void;
  readonly onChange: (change: Partial<Setup>) => void;
  readonly onConnect: () => void;
  readonly onReload: () => void;
  readonly onSignIn: () => void;
  readonly onRemove: (host: KnownHost) => void;
}

/** The form and the known hosts; or why the device cannot be shown. */
export function setupView(view: SetupView): TemplateResult {
  return html`<div class="setup-view">
    <div class="cards">
      ${view.canGoBack ? backButton(view) : nothing}
      ${view.facts.problem === null ? cards(view) : problemCard(view)}
    </div>
  </div>`;
}

function backButton({ onBack }: SetupView): TemplateResult {
  return html`<div class="actions">
    <button type="button" class="small" data-test="back" @click=${onBack}>Back to terminal</button>
  </div>`;
}

function cards(view: SetupView): unknown {
  const { bridgeProblem, profile, knownHosts } = view.facts;
  return html`${
      bridgeProblem === null
        ? nothing
        : html`<div class="note bad" role="alert">
            <strong>${bridgeProblem.what}</strong>
            <span>${bridgeProblem.facts} ${bridgeProblem.next}</span>
          </div>`
    }
    ${
      profile?.durable === false
        ? html`<div class="note warn" data-test="not-durable">
            This browser keeps nothing for Porthole: host keys and settings are kept only until this
            page closes.
          </div>`
        : nothing
    }
    ${connectCard(view)}
    ${
      knownHosts.length === 0
        ? nothing
        : html`<div class="card">${knownHostsList(knownHosts, view.onRemove)}</div>`
    } <porthole-files-left></porthole-files-left>`;
}

function connectCard({ facts, setup, suggestOld, onChange, onConnect }: SetupView): TemplateResult {
  const { configurations, profile } = facts;
  return html`<section class="card" aria-labelledby="connect-title">
    <h2 id="connect-title">Connect</h2>
    ${
      configurations === null
        ? html`<div role="status" class="quiet">Loading …</div>`
        : setupForm({
            ...{ setup, configurations, suggestOld, onChange, onConnect },
            disabled: profile === null,
          })
    }
  </section>`;
}

function problemCard({ facts, onReload, onSignIn }: SetupView): unknown {
  const { problem } = facts;
  if (problem === null) return nothing;
  return html`<section class="card" data-test="problem">
    <div class="note bad" role="alert">
      <strong>${problem.what}</strong>
      <span>${problem.facts} ${problem.next}</span>
    </div>
    <div class="actions">
      ${
        problem.remedy === "sign-in"
          ? html`<button type="button" class="primary" @click=${onSignIn}>Sign in again</button>`
          : nothing
      }
      <button type="button" @click=${onReload}>Try again</button>
    </div>
  </section>`;
}
