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
    [TransferProgressEvent.type]: TransferProgressEvent;
  }
}
