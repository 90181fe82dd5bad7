/** The rows of the panel's lists, from what was found, configured and remembered. */

import type { Configuration } from "../platform/types.ts";
import type { Bookmark } from "./bridge.ts";
import { pageOf, sorted, type FoundPort } from "./finder.ts";
import type { PageRow } from "./page-list.ts";
import { hostPort, sameTarget } from "./target.ts";
import { readyPages } from "./ways.ts";

/** Pages that were found, and what listens besides. */
export function foundRows(ports: readonly FoundPort[]): { pages: PageRow[]; others: FoundPort[] } {
  const { pages, others } = sorted(ports);
  return { pages: pages.map(foundRow), others };
}

function foundRow(found: FoundPort): PageRow {
  const { host, port, service, program } = found.listening;
  const target = pageOf(found) ?? { scheme: "http" as const, host, port };
  const title = found.probe?.title ?? "";
  const name = title || service || program || hostPort(target);
  return {
    ...{ target, path: "/", name, plain: false },
    about: [...new Set([service, program])]
      .filter((word) => word !== "" && word !== name)
      .join(" · "),
  };
}

/** Configurations that are pages. Without SSH their http is readable on the way. */
export function readyRows(configurations: readonly Configuration[], ssh: boolean): PageRow[] {
  return readyPages(configurations).map(({ target, path, name }) => ({
    ...{ target, path, name },
    about: "configuration",
    plain: !ssh && target.scheme === "http",
  }));
}

/** Bookmarks, by name. */
export function bookmarkRows(bookmarks: readonly Bookmark[]): PageRow[] {
  return [...bookmarks]
    .sort((one, other) => one.name.localeCompare(other.name))
    .map(({ name, scheme, host, port, path }) => ({
      ...{ name, path, about: "", plain: false },
      target: { scheme, host, port },
    }));
}

/** Found pages without those that a configuration names already. */
export function without(rows: readonly PageRow[], known: readonly PageRow[]): PageRow[] {
  return rows.filter((row) => !known.some((other) => sameTarget(row.target, other.target)));
}
