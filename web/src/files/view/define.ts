import { FileViewElement } from "./file-view-element.ts";
import type { FileViewEvents } from "./types.ts";

customElements.define("porthole-file-view", FileViewElement);

declare global {
  interface HTMLElementTagNameMap {
    "porthole-file-view": FileViewElement;
  }
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- the DOM's own way to add events
  interface HTMLElementEventMap extends FileViewEvents {}
}
