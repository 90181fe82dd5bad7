import { LitElement, html, nothing, type PropertyDeclarations, type PropertyValues } from "lit";
import * as platform from "../platform/client.ts";
import { codeOf, isLoginOver } from "../platform/failure.ts";
import { explain, type Explanation } from "../platform/sentences.ts";
import type { Device, DevicePage } from "../platform/types.ts";
import { exactTime, relativeTime } from "../style/format.ts";
import { icon } from "../style/icons.ts";
import { presenceMark } from "../style/presence.ts";
import { devicePath, listPath } from "./router.ts";
import { LoginOverEvent, GoEvent } from "./events.ts";

/** How long to wait after a key before the tenant is asked. */
const DEBOUNCE_MS = 250;

/** How often "5 minutes ago" and the online state are brought up to date. */
const REFRESH_MS = 30_000;

/** Rows of the skeleton: about one screen. */
const BONES = 8;

/** The devices of the tenant: search, pages, state. What it shows is in the address. */
export class DeviceListElement extends LitElement {
  static override properties: PropertyDeclarations = {
    search: {},
    page: { type: Number },
    shown: { state: true },
    loading: { state: true },
    problem: { state: true },
  };

  declare search: string;
  declare page: number;
  declare private shown: DevicePage | null;
  declare private loading: boolean;
  declare private problem: Explanation | null;
  #abort: AbortController | null = null;
  #debounce: ReturnType<typeof setTimeout> | undefined;
  #refresh: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.search = "";
    this.page = 1;
    this.shown = null;
    this.loading = false;
    this.problem = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#refresh = setInterval(() => {
      if (document.visibilityState === "visible" && !this.loading) void this.#load();
    }, REFRESH_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#refresh);
    clearTimeout(this.#debounce);
    this.#abort?.abort();
  }

  protected override createRenderRoot(): this {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("search") || changed.has("page")) void this.#load();
  }

  /** What is being typed is left alone: only another address changes the field. */
  protected override updated(changed: PropertyValues<this>): void {
    const input = this.querySelector<HTMLInputElement>("#search");
    if (input !== null && changed.has("search") && input.value.trim() !== this.search) {
      input.value = this.search;
    }
    if (changed.has("page")) this.closest("main")?.scrollTo(0, 0);
  }

  protected override render(): unknown {
    return html`<div class="column">
      <div class="list-head">
        <h1>Devices</h1>
        <div class="search" role="search">
          <label class="sr-only" for="search">Search by name or serial number</label>
          <input
            id="search"
            type="search"
            autocomplete="off"
            spellcheck="false"
            maxlength="200"
            placeholder="Search name or serial number"
            @input=${this.#typed}
            @keydown=${this.#keydown}
          />
        </div>
      </div>
      <div class="devices" aria-busy=${this.loading ? "true" : "false"}>${this.#body()}</div>
      <div role="status" class="sr-only">${this.#spoken()}</div>
      ${this.#pages()}
    </div>`;
  }

  #body(): unknown {
    if (this.problem !== null) return this.#failed(this.problem);
    if (this.shown === null) return skeleton();
    if (this.shown.devices.length === 0) return this.#empty();
    return html`<ul aria-label="Devices">
      ${this.shown.devices.map((device) => row(device))}
    </ul>`;
  }

  #failed(problem: Explanation): unknown {
    return html`<div class="empty" data-test="list-problem">
      <div class="note bad" role="alert">
        <strong>${problem.what}</strong>
        <span>${problem.facts} ${problem.next}</span>
      </div>
      <button type="button" @click=${() => void this.#load()}>Try again</button>
    </div>`;
  }

  #empty(): unknown {
    if (this.search === "" && this.page === 1) {
      return html`<div class="empty">
        <h2>No devices yet</h2>
        <p class="quiet">Devices appear here once they are registered in the tenant.</p>
      </div>`;
    }
    return html`<div class="empty">
      <h2>No device found</h2>
      <p class="quiet">
        ${
          this.search === ""
            ? "This page of the list is empty."
            : html`Nothing matches “${this.search}”. * stands for any text.`
        }
      </p>
      <a class="button" href="/">Show all devices</a>
    </div>`;
  }

  #pages(): unknown {
    const total = this.shown?.totalPages ?? 1;
    if (this.problem !== null || total <= 1) return html`<div class="pages"></div>`;
    const step = (page: number, word: string) =>
      page < 1 || page > total
        ? html`<button type="button" disabled>${word}</button>`
        : html`<a class="button" href=${listPath(this.search, page)}>${word}</a>`;
    return html`<nav class="pages" aria-label="Pages">
      ${step(this.page - 1, "Previous")}
      <span>Page ${this.page} of ${total}</span>
      ${step(this.page + 1, "Next")}
    </nav>`;
  }

  #spoken(): unknown {
    if (this.loading && this.shown === null) return "Loading devices";
    if (this.shown === null) return nothing;
    const count = this.shown.devices.length;
    const devices = count === 1 ? "1 device" : `${String(count)} devices`;
    return `${devices}, page ${String(this.page)} of ${String(this.shown.totalPages)}`;
  }

  async #load(): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.loading = true;
    try {
      const shown = await platform.devices(this.search, this.page, abort.signal);
      if (abort.signal.aborted) return;
      this.shown = shown;
      this.problem = null;
    } catch (error) {
      if (abort.signal.aborted) return;
      if (isLoginOver(error)) this.dispatchEvent(new LoginOverEvent());
      this.problem = explain(codeOf(error), error instanceof Error ? error.message : "");
    }
    this.loading = false;
  }

  readonly #typed = (event: Event): void => {
    const { value } = event.target as HTMLInputElement;
    clearTimeout(this.#debounce);
    this.#debounce = setTimeout(() => {
      this.#go(value);
    }, DEBOUNCE_MS);
  };

  /** Enter searches at once; the arrow leads to the first device. */
  readonly #keydown = (event: KeyboardEvent): void => {
    if (event.key === "Enter") {
      clearTimeout(this.#debounce);
      this.#go((event.target as HTMLInputElement).value);
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      this.querySelector<HTMLElement>("a.device")?.focus();
    }
  };

  #go(search: string): void {
    this.dispatchEvent(new GoEvent(listPath(search.trim(), 1), true));
  }
}

function row(device: Device): unknown {
  const { lastSeen, serial, type } = device;
  return html`<li>
    <a class="device" href=${devicePath(device.id)}>
      <span class="name" title=${device.name}>${device.name}</span>
      <span class="serial quiet" title=${serial}
        >${serial === "" ? (type === "" ? `ID ${device.id}` : type) : serial}</span
      >
      ${presenceMark(device.presence)}
      <span class="seen quiet" title=${lastSeen === null ? "" : exactTime(lastSeen)}
        >${lastSeen === null ? "never seen" : relativeTime(lastSeen)}</span
      >
      ${icon("chevron")}
    </a>
  </li>`;
}

function skeleton(): unknown {
  return html`<div aria-hidden="true">
    ${Array.from(
      { length: BONES },
      (_, index) =>
        html`<div class="device">
          <div class="bone" style="width: ${String(45 + ((index * 17) % 40))}%"></div>
          <div class="bone" style="width: 60%"></div>
          <div class="bone"></div>
          <div class="bone"></div>
        </div>`,
    )}
  </div>`;
}

customElements.define("porthole-device-list", DeviceListElement);

declare global {
  interface HTMLElementTagNameMap {
    "porthole-device-list": DeviceListElement;
  }
}
