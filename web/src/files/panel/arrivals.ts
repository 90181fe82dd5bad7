/** Uploads that have arrived in the directory that is shown. */

import type { Transfer } from "../transfers/types.ts";
import { isAtOrBelow } from "./path.ts";

/** Remembers which are through, so that each is news once. */
export class Arrivals {
  #known = new Set<string>();

  /** Whether something arrived at or below path since the last call. */
  news(list: readonly Transfer[], path: string): boolean {
    const done = list.filter(({ direction, state }) => direction === "upload" && state === "done");
    const news = done.some((one) => !this.#known.has(one.id) && isAtOrBelow(one.path, path));
    this.#known = new Set(done.map(({ id }) => id));
    return news;
  }
}
