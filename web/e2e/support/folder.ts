/** Folders of programs that have ended. */

import { rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const TRIES = 50;
const PAUSE_MS = 100;

/**
 * Removes a browser's profile. Its other processes may still write there for a moment, and
 * rmSync's own retries never look for new files: each try here does.
 */
export async function removeFolder(folder: string): Promise<void> {
  for (let left = TRIES; ; left--) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      if (left === 0) throw error;
      await delay(PAUSE_MS);
    }
  }
}
