/** What people call the targets of forwards: as configured, as bookmarked, or as found. */

import type { PageRow } from "./page-list.ts";
import { hostPort, sameTarget, targetKey, type Target } from "./target.ts";

/** Remembers a name while what it came from is looked for anew. */
export class PageNames {
  readonly #names = new Map<string, string>();

  /** The name of a target by the first of these rows that has one; "" where none ever had. */
  of(target: Target, rows: readonly PageRow[]): string {
    const row = rows.find(
      (one) =>
        one.path === "/" && sameTarget(one.target, target) && one.name !== hostPort(one.target),
    );
    const key = targetKey(target);
    if (row !== undefined) this.#names.set(key, row.name);
    return this.#names.get(key) ?? "";
  }
}
