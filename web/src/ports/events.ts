/** Fired by <porthole-ports> when nothing works before there is an SSH connection. */
export class ConnectWantedEvent extends Event {
  static readonly type = "porthole-connect-wanted";

  constructor() {
    super(ConnectWantedEvent.type, { bubbles: true });
  }
}

/** Fired by <porthole-ports> when the panel should be shown, or not. */
export class PortsShownEvent extends Event {
  static readonly type = "porthole-ports-shown";
  readonly shown: boolean;

  constructor(shown: boolean) {
    super(PortsShownEvent.type, { bubbles: true });
    this.shown = shown;
  }
}

/** Fired by <porthole-ports> when the person is asked something, with "" when it is over. */
export class AttentionEvent extends Event {
  static readonly type = "porthole-attention";
  /** What the title of the tab says meanwhile. */
  readonly text: string;

  constructor(text: string) {
    super(AttentionEvent.type, { bubbles: true, composed: true });
    this.text = text;
  }
}

declare global {
  interface HTMLElementEventMap {
    [ConnectWantedEvent.type]: ConnectWantedEvent;
    [PortsShownEvent.type]: PortsShownEvent;
    [AttentionEvent.type]: AttentionEvent;
  }
}
