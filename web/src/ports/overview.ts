import { html, nothing, type TemplateResult } from "lit";
import { addForm } from "./add-form.ts";
import type { PortsDesk } from "./desk.ts";
import { sentencesOf } from "./failure.ts";
import type { FoundPort } from "./finder.ts";
import { forwardList, forwardsHeading } from "./forward-list.ts";
import { pageList, type PageRow } from "./page-list.ts";
import type { PortsActions } from "./ports-actions.ts";
import { aboutOther, bookmarkRows, foundRows, readyRows, without } from "./rows.ts";
import { hostPort, targetName, type Place } from "./target.ts";

/** The panel's first view. */
export interface Overview {
  readonly desk: PortsDesk;
  /** What is wrong with the link that led here; "" for nothing. */
  readonly problem: string;
  /** The page of a link that waits until the device can be reached; null for none. */
  readonly waiting: Place | null;
  readonly actions: PortsActions;
  readonly onConnect: () => void;
}

/** Notes first, then what is open, then what could be. */
export function overview(view: Overview): TemplateResult {
  const { desk, actions } = view;
  const { list } = desk.forwards;
  return html`${notes(view)}
    ${
      list.length === 0
        ? nothing
        : html`<section>
            ${forwardsHeading(list)} ${forwardList(list, (target) => desk.nameOf(target), actions)}
          </section>`
    }
    ${pageSections(view)}
    <section>
      <h2>Another page</h2>
      ${addForm(actions.onOpen)}
    </section>`;
}

function notes({ desk, problem, waiting, actions }: Overview): unknown {
  const { blocked } = desk;
  const off = desk.surroundings.info?.kind === "";
  return html`${problem === "" ? nothing : note("link-problem", problem)}
    ${waiting === null || desk.surroundings.info === null ? nothing : waitingNote(waiting)}
    ${off ? note("forwards-off", OFF) : nothing}
    ${desk.problem === null ? nothing : note("open-problem", problemText(desk))}
    ${
      blocked === null
        ? nothing
        : html`<div class="note warn" role="alert" data-test="blocked">
            <span>The browser opened no tab by itself.</span>
            <div class="actions">
              <button
                type="button"
                class="small primary"
                @click=${() => {
                  desk.openTab(blocked.forward, blocked.path);
                }}
              >
                Open ${hostPort(blocked.forward.target)}
              </button>
            </div>
          </div>`
    }
    <div role="status" class="sr-only">${desk.busy === "" ? "" : `Opening ${desk.busy} …`}</div>
    ${actions.refused() ? note("forbidden", FORBIDDEN) : nothing}`;
}

const OFF =
  "This gateway shows no pages of devices: forwards are switched off. Its administrator can give them a host name with a wildcard, a second site or spare ports.";

const FORBIDDEN =
  "The device's SSH server does not allow forwards (AllowTcpForwarding no), so its pages cannot be reached through it. Configurations that point straight at a port still work: those named “http: …” or “https: …” are listed below.";

/** A link cannot be followed yet. */
function waitingNote({ target, path }: Place): TemplateResult {
  return html`<div class="note" role="status" data-test="link-waiting">
    Connect to the device to open <span class="mono">${targetName(target)}${path}</span>.
  </div>`;
}

function note(test: string, text: string): TemplateResult {
  return html`<div class="note bad" role="alert" data-test=${test}>${text}</div>`;
}

function problemText({ problem }: PortsDesk): string {
  if (problem === null) return "";
  return `${targetName(problem.place.target)}: ${sentencesOf(problem.why)}`;
}

function pageSections(view: Overview): unknown {
  const { desk, actions } = view;
  const { configurations, live } = desk.surroundings;
  const ready = readyRows(configurations, live !== null);
  const marks = bookmarkRows(desk.memory.settings.bookmarks);
  const section = (title: string, rows: readonly PageRow[]) =>
    rows.length === 0
      ? nothing
      : html`<section>
          <h2>${title}</h2>
          ${pageList(title, rows, actions)}
        </section>`;
  return html`${section("Bookmarks", marks)} ${section("Ready pages", ready)}
  ${live === null ? offer(view) : found(view, ready)}`;
}

/** Without a connection nothing can be looked for. */
function offer({ onConnect }: Overview): TemplateResult {
  return html`<section data-test="offer">
    <h2>Pages on the device</h2>
    <p class="quiet">
      Connect to the device by SSH to see which pages it has, and to open any of them end-to-end
      encrypted.
    </p>
    <div class="actions">
      <button type="button" class="primary" @click=${onConnect}>Connect …</button>
    </div>
  </section>`;
}

function found({ desk, actions }: Overview, ready: readonly PageRow[]): TemplateResult {
  const { finder } = desk;
  const { pages, others } = foundRows(finder.ports);
  const rows = without(pages, ready);
  return html`<section aria-busy=${finder.busy ? "true" : "false"} data-test="found">
    <div class="section-head">
      <h2>Pages on the device</h2>
      <button
        type="button"
        class="small"
        ?disabled=${finder.busy}
        @click=${() => {
          desk.look();
        }}
      >
        Look again
      </button>
    </div>
    ${
      finder.problem === null
        ? nothing
        : html`<div class="note warn" role="alert">
            ${sentencesOf(finder.problem)} Pages can still be opened by host and port below.
          </div>`
    }
    ${rows.length === 0 ? nothing : pageList("Pages on the device", rows, actions)}
    ${
      finder.busy
        ? html`<div role="status" class="quiet">Looking for pages …</div>`
        : rows.length === 0 && finder.done
          ? html`<p class="quiet">No other page answers on this device.</p>`
          : nothing
    }
    ${others.length === 0 ? nothing : otherPorts(others)}
  </section>`;
}

function otherPorts(others: readonly FoundPort[]): TemplateResult {
  return html`<details class="others">
    <summary>Other listening ports (${String(others.length)})</summary>
    <ul>
      ${others.map(
        (found) =>
          html`<li>
            <span class="mono">${hostPort(found.listening)}</span>
            <span class="quiet">${aboutOther(found)}</span>
          </li>`,
      )}
    </ul>
  </details>`;
}
