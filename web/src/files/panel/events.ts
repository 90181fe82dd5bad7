/** Fired by <porthole-files> when nothing works before there is an SSH connection. */
export class FilesConnectWantedEvent extends Event {
  static readonly type = "porthole-files-connect-wanted";

  constructor() {
    super(FilesConnectWantedEvent.type, { bubbles: true });
  }
}

/** Fired by <porthole-files> when the panel should be shown, or not. */
export class FilesShownEvent extends Event {
  static readonly type = "porthole-files-shown";
  readonly shown: boolean;

  constructor(shown: boolean) {
    super(FilesShownEvent.type, { bubbles: true });
    this.shown = shown;
  }
}

/** Fired by <porthole-files> as transfers go on, for the title of the tab. */
export class TransferProgressEvent extends Event {
  static readonly type = "porthole-transfer-progress";
  /** 0 to 1; null when nothing runs. */
  readonly progress: number | null;

  constructor(progress: number | null) {
    super(TransferProgressEvent.type, { bubbles: true, composed: true });
    this.progress = progress;
  }
}

declare global {
  interface HTMLElementEventMap {
    [FilesConnectWantedEvent.type]: FilesConnectWantedEvent;
    [FilesShownEvent.type]: FilesShownEvent;
    [TransferProgressEvent.type]: TransferProgressEvent;
  }
}
