import { PortsElement } from "./ports-element.ts";

customElements.define("porthole-ports", PortsElement);

declare global {
  interface HTMLElementTagNameMap {
    "porthole-ports": PortsElement;
  }
}
