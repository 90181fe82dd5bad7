import { html, nothing, type TemplateResult } from "lit";
import { icon, type IconName } from "../../style/icons.ts";
import { shownName } from "../names.ts";
import { questionView } from "./transfer-question.ts";
import type { Transfer, TransferQueue } from "./types.ts";
import { figures, isEnded, nameOf, percent, stateWord } from "./words.ts";

/** Faults that are drawn; nobody reads more. */
const MOST_FAULTS = 200;

/** One transfer: what, how far, what can be done. */
export function transferRow(transfer: Transfer, queue: TransferQueue): TemplateResult {
  const { direction, state, note, path, ask } = transfer;
  const name = nameOf(transfer);
  const word = stateWord(transfer);
  const numbers = figures(transfer);
  return html`<li data-state=${state} data-test="transfer">
    <span class="way" title=${direction === "upload" ? "To the device" : "From the device"}>
      ${icon(direction)}
      <span class="sr-only">${direction === "upload" ? "Upload" : "Download"}</span>
    </span>
    <div class="what">
      <div class="line">
        <bdi class="name" title=${shownName(path)}>${name}</bdi>
        ${word === "" ? nothing : html`<span class="state">${word}</span>`}
        ${verifiedMark(transfer)}
      </div>
      ${isEnded(state) ? nothing : bar(transfer, name)}
      ${numbers === "" ? nothing : html`<div class="figures">${numbers}</div>`}
      ${note === "" ? nothing : html`<p class="said">${shownName(note)}</p>`}
      ${ask === null ? nothing : questionView(transfer, ask, queue)} ${faultList(transfer)}
    </div>
    <div class="tools">${tools(transfer, name, queue)}</div>
  </li>`;
}

function verifiedMark({ verified }: Transfer): TemplateResult | typeof nothing {
  if (!verified) return nothing;
  return html`<span class="verified" title="SHA-256 is the same on both sides"
    >${icon("check")} Verified</span
  >`;
}

function bar(transfer: Transfer, name: string): TemplateResult {
  const value = percent(transfer);
  return html`<div
    class="bar"
    role="progressbar"
    aria-label=${name}
    aria-valuemin="0"
    aria-valuemax="100"
    aria-valuenow=${value ?? nothing}
    aria-valuetext=${figures(transfer) || nothing}
    ?data-unknown=${value === null && transfer.state === "running"}
  >
    <div style="width: ${String(value ?? 0)}%"></div>
  </div>`;
}

function tools({ id, state, faults, ask }: Transfer, name: string, queue: TransferQueue): unknown {
  const isOnItsWay = state === "queued" || state === "running" || state === "waiting";
  const canPause = isOnItsWay || ask?.kind === "conflict";
  const isOver = isEnded(state);
  const canRetry = isOver && (state !== "done" || faults.length > 0);
  return [
    canPause ? tool("pause", "Pause", name, queue.pause.bind(queue, id)) : nothing,
    state === "paused" ? tool("resume", "Resume", name, queue.resume.bind(queue, id)) : nothing,
    canRetry ? tool("reload", "Retry", name, queue.retry.bind(queue, id)) : nothing,
    isOver ? nothing : tool("close", "Cancel", name, queue.cancel.bind(queue, id)),
  ];
}

function tool(shape: IconName, label: string, name: string, run: () => void): TemplateResult {
  return html`<button
    type="button"
    class="tool"
    title=${label}
    aria-label="${label} ${name}"
    data-test=${label.toLowerCase()}
    @click=${run}
  >
    ${icon(shape)}
  </button>`;
}

function faultList({ faults }: Transfer): TemplateResult | typeof nothing {
  if (faults.length === 0) return nothing;
  const more = faults.length - MOST_FAULTS;
  return html`<details class="faults">
    <summary>
      ${faults.length === 1 ? "1 was left out" : `${String(faults.length)} were left out`}
    </summary>
    <ul>
      ${faults
        .slice(0, MOST_FAULTS)
        .map(
          ({ path, message }) =>
            html`<li><bdi class="mono">${shownName(path)}</bdi> ${shownName(message)}</li>`,
        )}
      ${more > 0 ? html`<li>and ${more} more</li>` : nothing}
    </ul>
  </details>`;
}
