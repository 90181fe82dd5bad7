import { html, nothing, type TemplateResult } from "lit";
import { icon, type IconName } from "../../style/icons.ts";
import type { FilesDesk } from "./desk.ts";
import type { DropTaker } from "./drags.ts";
import type { PathGoEvent } from "./path-bar.ts";

/** The rows over the list. */
export interface Toolbar {
  readonly desk: FilesDesk;
  readonly drops: DropTaker;
  /** Why nothing can be written; "" when it can. */
  readonly whyNotWrite: string;
  readonly onBack: () => void;
  readonly onForward: () => void;
  readonly onUp: () => void;
  readonly onHome: () => void;
  readonly onReload: () => void;
  readonly onGo: (event: PathGoEvent) => void;
  readonly onLeft: () => void;
  readonly onBookmark: () => void;
  readonly onPlaces: (event: MouseEvent) => void;
  readonly onClose: () => void;
  readonly onUpload: (event: MouseEvent) => void;
  readonly onDownload: () => void;
  readonly onNew: (event: MouseEvent) => void;
  readonly onTerminalDirectory: () => void;
  readonly onHidden: () => void;
  readonly onFilter: (text: string) => void;
  readonly onFilterKey: (event: KeyboardEvent) => void;
  readonly onMore: (event: MouseEvent) => void;
}

interface Tool {
  readonly icon: IconName;
  readonly label: string;
  readonly test: string;
  readonly run: (event: MouseEvent) => void;
  readonly off?: boolean;
  readonly pressed?: boolean;
  readonly menu?: boolean;
}

function tool({ icon: name, label, test, run, off, pressed, menu }: Tool): TemplateResult {
  return html`<button
    type="button"
    class="tool"
    title=${label}
    aria-label=${label}
    aria-pressed=${pressed === undefined ? nothing : pressed ? "true" : "false"}
    aria-haspopup=${menu === true ? "menu" : nothing}
    data-test=${test}
    ?disabled=${off === true}
    @click=${run}
  >
    ${icon(name)}
  </button>`;
}

/** Where the panel is, and the ways from there. */
export function pathRow(bar: Toolbar): TemplateResult {
  const { desk } = bar;
  const off = desk.files === null;
  const marked = desk.memory.has(desk.path);
  return html`<div class="bar" role="group" aria-label="Where">
    ${tool({ icon: "back", label: "Back (Alt+←)", test: "back", run: bar.onBack, off: off || !desk.history.canBack })}
    ${tool({ icon: "chevron", label: "Forward (Alt+→)", test: "forward", run: bar.onForward, off: off || !desk.history.canForward })}
    ${tool({ icon: "up", label: "Up (Backspace)", test: "up", run: bar.onUp, off: off || desk.path === "" || desk.path === "/" })}
    <porthole-path-bar
      .path=${desk.path}
      .home=${desk.files?.info.home ?? "/"}
      .files=${desk.files}
      .drops=${bar.drops}
      @porthole-path-go=${bar.onGo}
      @porthole-path-left=${bar.onLeft}
    ></porthole-path-bar>
    ${tool({
      ...{ icon: marked ? "starred" : "star", test: "bookmark", run: bar.onBookmark },
      ...{ label: marked ? "Remove the bookmark" : "Bookmark this folder", pressed: marked },
      off: desk.path === "",
    })}
    ${tool({ icon: "home", label: "Places", test: "places", run: bar.onPlaces, off, menu: true })}
    ${tool({ icon: "close", label: "Hide the panel; transfers go on", test: "hide", run: bar.onClose })}
  </div>`;
}

/** What can be done here. */
export function actionRow(bar: Toolbar): TemplateResult {
  const { desk } = bar;
  const { view } = desk.listing;
  const off = desk.files === null || desk.path === "";
  return html`<div class="bar" role="group" aria-label="Actions">
    <button
      type="button"
      class="small"
      data-test="upload"
      aria-haspopup="menu"
      title=${bar.whyNotWrite === "" ? "Upload files or a folder into this folder" : bar.whyNotWrite}
      ?disabled=${bar.whyNotWrite !== ""}
      @click=${bar.onUpload}
    >
      ${icon("upload")} <span class="word">Upload</span>
    </button>
    <button
      type="button"
      class="small"
      data-test="download"
      title="Download what is selected"
      ?disabled=${off || desk.selection.size === 0}
      @click=${bar.onDownload}
    >
      ${icon("download")} <span class="word">Download</span>
    </button>
    ${tool({ icon: "plus", label: "New …", test: "new", run: bar.onNew, off: bar.whyNotWrite !== "", menu: true })}
    ${tool({ icon: "terminal", label: "Go to the terminal's directory", test: "to-terminal-directory", run: bar.onTerminalDirectory, off: desk.files === null })}
    <label class="filter">
      ${icon("search")}<span class="sr-only">Filter by name</span>
      <input
        type="search"
        placeholder="Filter"
        autocomplete="off"
        spellcheck="false"
        .value=${view.filter}
        @input=${(event: Event) => {
          bar.onFilter((event.target as HTMLInputElement).value);
        }}
        @keydown=${bar.onFilterKey}
      />
    </label>
    ${tool({
      ...{ icon: "eye", test: "hidden", run: bar.onHidden, pressed: view.hidden },
      label: "Show hidden files (Ctrl+H)",
    })}
    ${tool({ icon: "reload", label: "Reload (F5)", test: "reload", run: bar.onReload, off })}
    ${tool({ icon: "more", label: "More actions", test: "more", run: bar.onMore, off, menu: true })}
  </div>`;
}
