import { html, type TemplateResult } from "lit";
import type { Login } from "../platform/types.ts";
import { icon } from "../style/icons.ts";
import { applyTheme, asTheme, storedTheme } from "./theme.ts";

/** The bar over every place of a signed-in person. */
export function headerBar(login: Login, onSignOut: () => void): TemplateResult {
  const theme = storedTheme();
  return html`<a class="button skip" href="#main">Skip to the content</a>
    <header class="bar">
      <a class="brand" href="/">${icon("porthole")} Porthole</a>
      <a class="who" href="/account" title="Your user and tenant, and the command lines you let in"
        >${login.user}<span class="tenant"> · ${login.tenant}</span></a
      >
      <select
        class="theme"
        aria-label="Theme"
        @change=${(event: Event) => {
          applyTheme(asTheme((event.target as HTMLSelectElement).value));
        }}
      >
        <option value="auto" ?selected=${theme === "auto"}>Auto</option>
        <option value="light" ?selected=${theme === "light"}>Light</option>
        <option value="dark" ?selected=${theme === "dark"}>Dark</option>
      </select>
      <button type="button" class="small" @click=${onSignOut}>Sign out</button>
    </header>`;
}
