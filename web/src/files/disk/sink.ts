/** Where bytes of one file go. */

/** Takes the bytes of one file in order; one call at a time. */
export interface Sink {
  /** Bytes handed over so far, those that were there before included. */
  readonly bytes: number;
  /** Resolves when there is room for more. */
  write(data: Uint8Array): Promise<void>;
  /** All bytes were written; resolves when they are where they belong. */
  finish(): Promise<void>;
  /**
   * No more will come. keep: what is there stays, to go on from; otherwise nothing is left
   * that could be taken for the file. Never rejects.
   */
  stop(keep: boolean): Promise<void>;
}
