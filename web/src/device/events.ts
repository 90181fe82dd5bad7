import type { Phase } from "./connection.ts";

/** Fired by <porthole-device> when its phase or the device's name changes. */
export class DeviceStateEvent extends Event {
  static readonly type = "porthole-state";
  /** The device's name; its id until the name is known. */
  readonly deviceName: string;
  readonly phase: Phase;

  constructor(deviceName: string, phase: Phase) {
    super(DeviceStateEvent.type, { bubbles: true, composed: true });
    this.deviceName = deviceName;
    this.phase = phase;
  }
}

/** Fired by <porthole-device> when nothing works before the person signs in again. */
export class LoginNeededEvent extends Event {
  static readonly type = "porthole-login-needed";

  constructor() {
    super(LoginNeededEvent.type, { bubbles: true, composed: true });
  }
}

declare global {
  interface HTMLElementEventMap {
    [DeviceStateEvent.type]: DeviceStateEvent;
    [LoginNeededEvent.type]: LoginNeededEvent;
  }
}
