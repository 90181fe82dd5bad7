import { DeviceElement } from "./device-element.ts";

customElements.define("porthole-device", DeviceElement);

declare global {
  interface HTMLElementTagNameMap {
    "porthole-device": DeviceElement;
  }
}
