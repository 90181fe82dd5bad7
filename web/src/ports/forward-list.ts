import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Configuration } from "../platform/types.ts";
import { byteCount } from "../style/format.ts";
import { icon } from "../style/icons.ts";
import { sentencesOf } from "./failure.ts";
import type { ForwardPhase } from "./forward-state.ts";
import type { OpenForward } from "./open-forward.ts";
import { plainMark } from "./page-list.ts";
import { hostPort, shownAddress, targetName, type Target } from "./target.ts";

const PHASES: Readonly<Record<ForwardPhase, string>> = {
  opening: "Opening …",
  open: "Active",
  waiting: "Waiting for the connection",
  failed: "Failed",
  closed: "Closed",
};

const NOTHING_YET = { requests: 0, errors: 0, bytesIn: 0, bytesOut: 0, connections: 0 };

/** What can be done with an open forward. */
export interface ForwardActions {
  readonly onTab: (forward: OpenForward) => void;
  readonly onBeside: (forward: OpenForward) => void;
  readonly onLog: (forward: OpenForward) => void;
  readonly onCopy: (forward: OpenForward) => void;
  readonly onClear: (forward: OpenForward) => void;
  readonly onClose: (forward: OpenForward) => void;
  readonly onRetry: (forward: OpenForward) => void;
  readonly onForget: (forward: OpenForward) => void;
  /** Configurations that point straight at the target, where the trouble is that SSH forbids it. */
  readonly instead: (forward: OpenForward) => readonly Configuration[] | null;
  readonly onInstead: (forward: OpenForward, configuration: Configuration) => void;
}

/** The forwards that are open, or would be; nameOf says what people call a target. */
export function forwardList(
  forwards: readonly OpenForward[],
  nameOf: (target: Target) => string,
  actions: ForwardActions,
): TemplateResult {
  return html`<ul class="forwards" aria-label="Open forwards">
    ${repeat(
      forwards,
      ({ target }) => targetName(target),
      (forward) => forwardRow(forward, nameOf(forward.target), actions),
    )}
  </ul>`;
}

function forwardRow(forward: OpenForward, name: string, actions: ForwardActions): TemplateResult {
  const { target, phase, plain, trouble } = forward;
  const bad = trouble !== null || phase === "failed";
  return html`<li data-target=${targetName(target)} data-phase=${phase}>
    <div class="head">
      <div class="what">
        <span class="name">${name}</span>
        ${name === shownAddress(target) ? nothing : html`<span class="where mono">${shownAddress(target)}</span>`}
        ${plain ? plainMark() : nothing}
      </div>
      <span class="state" data-state=${bad ? "bad" : phase}
        >${bad && phase === "open" ? "Problem" : PHASES[phase]}</span
      >
    </div>
    ${figures(forward)} ${bad ? troubleNote(forward, actions) : nothing}
    <div class="actions">${buttons(forward, actions)}</div>
  </li>`;
}

/** Zeros until the first figures are there: the row must not grow under the pointer. */
function figures({ totals, phase }: OpenForward): TemplateResult | typeof nothing {
  if (totals === null && phase !== "open" && phase !== "opening") return nothing;
  const { requests, errors, bytesIn, bytesOut, connections } = totals ?? NOTHING_YET;
  return html`<div class="figures quiet">
    <span>${count(requests, "request")}</span>
    <span class=${errors > 0 ? "errors" : ""}>${count(errors, "error")}</span>
    <span
      ><span aria-hidden="true">↓</span
      ><span class="sr-only">Received</span> ${byteCount(bytesIn)}</span
    >
    <span
      ><span aria-hidden="true">↑</span
      ><span class="sr-only">Sent</span> ${byteCount(bytesOut)}</span
    >
    <span>${count(connections, "connection")}</span>
  </div>`;
}

function buttons(forward: OpenForward, actions: ForwardActions): TemplateResult {
  const { target, phase } = forward;
  const where = hostPort(target);
  const button = (shown: unknown, label: string, action: (forward: OpenForward) => void) =>
    html`<button
      type="button"
      class=${typeof shown === "string" ? "small" : "tool"}
      title=${typeof shown === "string" ? nothing : label}
      aria-label=${label}
      @click=${() => {
        action(forward);
      }}
    >
      ${shown}
    </button>`;
  const open = phase === "open";
  return html`${
      open
        ? html`${button("New tab", `Open ${where} in a new tab`, actions.onTab)}
          ${button("Beside", `Open ${where} beside the terminal`, actions.onBeside)}`
        : nothing
    }
    ${phase === "failed" ? button("Try again", `Try ${where} again`, actions.onRetry) : nothing}
    ${button("Log", `Request log of ${where}`, actions.onLog)}
    <span class="tools">
      ${button(icon("link"), `Copy the link to ${where}`, actions.onCopy)}
      ${open ? button(icon("clear"), `Clear this page's data: ${where}`, actions.onClear) : nothing}
      ${button(icon("close"), `Close ${where}`, actions.onClose)}
    </span>`;
}

function troubleNote(forward: OpenForward, actions: ForwardActions): TemplateResult {
  const { trouble, changed } = forward;
  const instead = actions.instead(forward);
  return html`<div class="note bad" role="alert" data-test="forward-trouble">
    <span>${trouble === null ? "It could not be opened." : sentencesOf(trouble)}</span>
    ${
      changed === null
        ? nothing
        : html`<dl class="facts">
              <dt>Trusted</dt>
              <dd class="mono">${changed.known.map((print) => html`<div>${print}</div>`)}</dd>
              <dt>Offered now</dt>
              <dd class="mono">${changed.offered}</dd>
            </dl>
            <div class="actions">
              <button
                type="button"
                class="small"
                @click=${() => {
                  actions.onForget(forward);
                }}
              >
                Forget the old certificate…
              </button>
            </div>`
    }
    ${instead === null ? nothing : insteadOf(forward, instead, actions)}
  </div>`;
}

/** The device forbids forwards: the way that is left. */
function insteadOf(
  forward: OpenForward,
  configurations: readonly Configuration[],
  { onInstead }: ForwardActions,
): TemplateResult {
  if (configurations.length === 0) {
    return html`<span
      >Or add a PASSTHROUGH configuration with the host 127.0.0.1 and port
      ${String(forward.target.port)} to the device in the tenant; named “${forward.target.scheme}:
      …” it appears here.</span
    >`;
  }
  return html`<div class="actions">
    ${configurations.map(
      (configuration) =>
        html`<button
          type="button"
          class="small"
          @click=${() => {
            onInstead(forward, configuration);
          }}
        >
          Use the configuration “${configuration.name}”
        </button>`,
    )}
  </div>`;
}

function count(number: number, word: string): string {
  return `${String(number)} ${word}${number === 1 ? "" : "s"}`;
}

/** The heading of the list, with its number. */
export function forwardsHeading(forwards: readonly OpenForward[]): TemplateResult {
  return html`<h2>${icon("ports")} Open forwards (${String(forwards.length)})</h2>`;
}
