/** Which rows of a long list are drawn: those in sight, and a few around them. */

/** Rows beyond each edge, so that scrolling shows no gap before the next drawing. */
const AROUND = 12;

/** The tallest box that browsers lay out without losing rows (Firefox stops at 17.8 million px). */
const MAX_HEIGHT = 15_000_000;

export interface Span {
  /** First row drawn. */
  readonly first: number;
  /** One after the last. */
  readonly end: number;
}

/** The rows to draw, of a list in a box of that height. All in px. */
export function spanOf(count: number, rowHeight: number, top: number, height: number): Span {
  const first = Math.max(0, Math.floor(top / rowHeight) - AROUND);
  const end = Math.min(count, Math.ceil((top + height) / rowHeight) + AROUND);
  return { first: Math.min(first, Math.max(0, end)), end };
}

/** How many rows a list can show at all. */
export function mostRows(rowHeight: number): number {
  return Math.floor(MAX_HEIGHT / rowHeight);
}

/** Where to scroll so that a row is in sight, moving as little as possible; head: px that cover the top. */
export function scrollFor(
  row: number,
  rowHeight: number,
  head: number,
  top: number,
  height: number,
): number {
  const from = row * rowHeight;
  const room = height - head;
  if (from < top) return from;
  if (from + rowHeight > top + room) return Math.max(0, from + rowHeight - room);
  return top;
}
