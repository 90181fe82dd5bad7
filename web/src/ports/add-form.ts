import { html, type TemplateResult } from "lit";
import { createRef, ref } from "lit/directives/ref.js";
import { readAddress, type Place, type Target } from "./target.ts";

/** Opens a page by its address, on the device or on a host behind it. */
export function addForm(onOpen: (place: Place, how: "tab" | "beside") => void): TemplateResult {
  const address = createRef<HTMLInputElement>();
  const scheme = createRef<HTMLSelectElement>();
  const path = createRef<HTMLInputElement>();
  const problem = createRef<HTMLElement>();
  const open = (how: "tab" | "beside") => {
    const chosen: Target["scheme"] = scheme.value?.value === "https" ? "https" : "http";
    const place = withPath(
      readAddress(address.value?.value ?? "", chosen),
      path.value?.value ?? "",
    );
    const wrong = typeof place === "string";
    address.value?.setAttribute("aria-invalid", String(wrong));
    if (problem.value) {
      problem.value.textContent = wrong ? place : "";
      problem.value.hidden = !wrong;
    }
    if (wrong) {
      address.value?.focus();
      return;
    }
    // A protocol that was pasted must not stay for the next address.
    address.value?.form?.reset();
    onOpen(place, how);
  };
  return html`<form
    class="add"
    autocomplete="off"
    @submit=${(event: Event) => {
      event.preventDefault();
      open("tab");
    }}
  >
    <div class="field scheme">
      <label for="add-scheme">Protocol</label>
      <select id="add-scheme" ${ref(scheme)}>
        <option value="http">http</option>
        <option value="https">https</option>
      </select>
    </div>
    <div class="field address">
      <label for="add-address">Host and port</label>
      <input
        id="add-address"
        autocapitalize="off"
        spellcheck="false"
        placeholder="localhost:1880"
        aria-describedby="add-hint add-problem"
        @input=${(event: Event) => {
          followScheme((event.target as HTMLInputElement).value, scheme.value);
        }}
        ${ref(address)}
      />
    </div>
    <div class="field path">
      <label for="add-path">Path</label>
      <input id="add-path" autocapitalize="off" spellcheck="false" placeholder="/" ${ref(path)} />
    </div>
    <p class="hint" id="add-hint">
      As the device sees it: its own port, or a host behind it such as 192.168.1.20:80. A whole
      address can be pasted.
    </p>
    <div class="note bad" id="add-problem" role="alert" hidden ${ref(problem)}></div>
    <div class="actions">
      <button type="submit" class="primary">Open</button>
      <button
        type="button"
        @click=${() => {
          open("beside");
        }}
      >
        Open beside the terminal
      </button>
    </div>
  </form>`;
}

/** A pasted address says its protocol itself. */
function followScheme(text: string, select: HTMLSelectElement | undefined): void {
  const scheme = /^\s*(https?):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (select !== undefined && scheme !== undefined) select.value = scheme;
}

/** A path in its own field counts where the address has none. */
function withPath(place: Place | string, typed: string): Place | string {
  const path = typed.trim();
  if (typeof place === "string" || path === "" || path === "/") return place;
  if (place.path !== "/") return place;
  // Resolving gives what a browser would send, with everything odd encoded.
  const base = "http://porthole.invalid";
  const url = new URL(base + (path.startsWith("/") ? path : `/${path}`));
  if (url.origin !== base) return "A path begins with a slash and is a part of the page's address.";
  return { ...place, path: `${url.pathname}${url.search}${url.hash}` };
}
