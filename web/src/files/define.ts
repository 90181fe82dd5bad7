import "./transfers/define.ts";
import { FilesElement } from "./panel/files-element.ts";

customElements.define("porthole-files", FilesElement);

declare global {
  interface HTMLElementTagNameMap {
    "porthole-files": FilesElement;
  }
}
