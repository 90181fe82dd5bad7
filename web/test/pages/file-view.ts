/** The page under test: one file view over a device of the memory, which the test fills. */

import type { FileEntry } from "../../src/bridge/files.ts";
import { BridgeFailure } from "../../src/bridge/failure.ts";
import "../../src/files/view/define.ts";
import type { FileViewMode } from "../../src/files/view/types.ts";
import { FakeDevice } from "../view-device.ts";

export interface ViewHarness {
  device: FakeDevice;
  events: string[];
  fresh(): void;
  open(path: string, mode: FileViewMode, more?: Partial<FileEntry>, readOnly?: boolean): void;
  element(): HTMLElementTagNameMap["porthole-file-view"];
  fail(code: string, message: string): BridgeFailure;
  /** Through shadow roots. */
  all(selector: string): Element[];
}

declare global {
  interface Window {
    view: ViewHarness;
    /** Set by a script that should never have run. */
    harmed?: string;
  }
}

function fresh(): void {
  document.querySelector("porthole-file-view")?.remove();
  const device = new FakeDevice();
  const events: string[] = [];
  const element = (): HTMLElementTagNameMap["porthole-file-view"] => {
    const there = document.querySelector("porthole-file-view");
    if (there === null) throw new Error("no view is open");
    return there;
  };
  window.view = {
    device,
    events,
    fresh,
    element,
    all: (selector) => all(document, selector),
    fail: (code, message) => new BridgeFailure(code, message),
    open: (path, mode, more = {}, readOnly = false) => {
      document.querySelector("porthole-file-view")?.remove();
      const view = document.createElement("porthole-file-view");
      const held = device.held.get(path)?.entry;
      view.files = device.files();
      view.path = path;
      view.entry = { ...(held ?? device.hold("/none", "")), ...more };
      view.mode = mode;
      view.readOnly = readOnly;
      view.addEventListener("porthole-view-closed", () => {
        events.push("closed");
        view.remove();
      });
      view.addEventListener("porthole-view-saved", ({ path }) => events.push(`saved ${path}`));
      view.addEventListener("porthole-view-download", ({ path }) =>
        events.push(`download ${path}`),
      );
      view.addEventListener("porthole-view-mode", ({ mode }) => events.push(`mode ${mode}`));
      document.querySelector("#box")?.append(view);
    },
  };
}

function all(root: ParentNode, selector: string): Element[] {
  const within = [...root.querySelectorAll("*")].flatMap(({ shadowRoot }) =>
    shadowRoot === null ? [] : all(shadowRoot, selector),
  );
  return [...root.querySelectorAll(selector), ...within];
}

fresh();
