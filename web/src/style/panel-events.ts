/** What a panel beside the terminal asks of the page that holds it. */

/** Fired when nothing works before there is an SSH connection. */
export class ConnectWantedEvent extends Event {
  static readonly type = "porthole-connect-wanted";

  constructor() {
    super(ConnectWantedEvent.type, { bubbles: true });
  }
}

/** Fired when the panel should be shown, or not. */
export class PanelShownEvent extends Event {
  static readonly type = "porthole-panel-shown";
  readonly shown: boolean;

  constructor(shown: boolean) {
    super(PanelShownEvent.type, { bubbles: true });
    this.shown = shown;
  }
}

declare global {
  interface HTMLElementEventMap {
    [ConnectWantedEvent.type]: ConnectWantedEvent;
    [PanelShownEvent.type]: PanelShownEvent;
  }
}
