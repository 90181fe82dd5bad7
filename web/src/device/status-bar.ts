import { html, nothing, type TemplateResult } from "lit";
import type { ConnectionInfo, ConnectionStats } from "../bridge/client.ts";
import type { Device } from "../platform/types.ts";
import { byteCount, exactTime, relativeTime } from "../style/format.ts";
import type { Phase } from "./connection.ts";

const PHASES: Readonly<Record<Phase, string>> = {
  idle: "Not connected",
  waiting: "Waiting for device",
  connecting: "Connecting",
  authenticating: "Authenticating",
  connected: "Connected",
  ended: "Disconnected",
};

/** The word for a phase. */
export function phaseWord(phase: Phase): string {
  return PHASES[phase];
}

/** "Last seen 5 minutes ago." or that nobody knows. */
export function lastSeen(device: Device, now: Date = new Date()): TemplateResult {
  if (device.lastSeen === null) return html`<span>Never seen by the tenant.</span>`;
  return html`<span title=${exactTime(device.lastSeen)}
    >Last seen ${relativeTime(device.lastSeen, now)}.</span
  >`;
}

/** What the state line shows. */
export interface StateLine {
  readonly phase: Phase;
  readonly stats: ConnectionStats | null;
  readonly info: ConnectionInfo | null;
}

/**
 * The line under the terminal. Only the word of the phase is announced: figures that
 * change each second would talk over everything else.
 */
export function stateLine({ phase, stats, info }: StateLine): TemplateResult {
  const live = phase === "connected";
  return html`<div class="state-line">
    <span class="phase" data-phase=${phase} role="status" aria-live="polite"
      >${phaseWord(phase)}</span
    >
    ${live && stats !== null ? figures(stats) : nothing}
    ${live && info !== null ? algorithms(info) : nothing}
  </div>`;
}

function figures(stats: ConnectionStats): TemplateResult {
  const { bytesIn, bytesOut, roundTripMs } = stats;
  return html`<span class="figure" title="Round-trip time to the device"
      ><span class="sr-only">Round-trip time </span>${
        roundTripMs === null
          ? "– ms"
          : `${roundTripMs < 9.95 ? roundTripMs.toFixed(1) : roundTripMs.toFixed(0)} ms`
      }</span
    >
    <span class="figure" title="Bytes from the device"
      ><span aria-hidden="true">↓</span
      ><span class="sr-only">Received </span> ${byteCount(bytesIn)}</span
    >
    <span class="figure" title="Bytes to the device"
      ><span aria-hidden="true">↑</span
      ><span class="sr-only">Sent </span> ${byteCount(bytesOut)}</span
    >`;
}

function algorithms(info: ConnectionInfo): TemplateResult {
  const mac = info.mac === "" ? "" : `, ${info.mac}`;
  return html`<details class="algorithms">
    <summary>${info.cipher}</summary>
    <dl class="facts">
      <dt>Cipher</dt>
      <dd class="mono">${info.cipher}${mac}</dd>
      <dt>Key exchange</dt>
      <dd class="mono">${info.keyExchange}</dd>
      <dt>Host key</dt>
      <dd class="mono">${info.hostKeyAlgorithm} ${info.hostKeyFingerprint}</dd>
      <dt>Server</dt>
      <dd class="mono">${info.serverVersion}</dd>
    </dl>
  </details>`;
}
