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
    [AttentionEvent.type]: AttentionEvent;
  }
}
