/** The rows of the panel's lists, from what was found, configured and remembered. */

import type { Configuration } from "../platform/types.ts";
import type { Bookmark } from "./bridge.ts";
import { isBare, pageOf, sorted, type FoundPort } from "./finder.ts";
import type { PageRow } from "./page-list.ts";
import { canonicalHost, hostPort, sameTarget } from "./target.ts";
import { readyPages } from "./ways.ts";

/** Pages that were found, and what listens besides. */
export function foundRows(ports: readonly FoundPort[]): { pages: PageRow[]; others: FoundPort[] } {
  const { pages, others } = sorted(ports);
  return { pages: once(pages.map(foundRow)), others };
}

/** A server that listens on several addresses of the device is one page; loopback is its shortest. */
function once(rows: PageRow[]): PageRow[] {
  const isLoopback = ({ target }: PageRow) => canonicalHost(target.host) === "localhost";
  return rows.filter(
    (row) =>
      isLoopback(row) ||
      !rows.some(
        (other) =>
          isLoopback(other) &&
          other.name === row.name &&
          other.about === row.about &&
          other.target.port === row.target.port &&
          other.target.scheme === row.target.scheme,
      ),
  );
}

/** What is known of a port that is no page. */
export function aboutOther(found: FoundPort): string {
  const { service, program } = found.listening;
  return [...new Set([service, program, isBare(found) ? "HTTP, but no page at /" : ""])]
    .filter((word) => word !== "")
    .join(" · ");
}

function foundRow(found: FoundPort): PageRow {
  const { host, port, service, program } = found.listening;
  const target = pageOf(found) ?? { scheme: "http" as const, host, port };
  const { title = "", status = 0 } = found.probe ?? {};
  const name = (isErrorTitle(title) ? "" : title) || service || program || hostPort(target);
  return {
    ...{ target, path: "/", name, plain: false },
    about: [...new Set([service, program, status === 401 ? "asks for a password" : ""])]
      .filter((word) => word !== "" && word.toLowerCase() !== name.toLowerCase())
      .join(" · "),
  };
}

/** "401 Unauthorized", "Error 503": what went wrong is no name of a page. */
function isErrorTitle(title: string): boolean {
  return /^\W*(?:(?:http )?error )?[45]\d\d\b/i.test(title);
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
