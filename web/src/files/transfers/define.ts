import { TransfersElement } from "./transfers-element.ts";

customElements.define("porthole-transfers", TransfersElement);

declare global {
  interface HTMLElementTagNameMap {
    "porthole-transfers": TransfersElement;
  }
}
