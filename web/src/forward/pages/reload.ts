/** Keeps a page that reloads itself from doing so for ever. */

const KEY = "porthole-reloads";
/** So many reloads within the span are a loop. */
const MOST = 6;
const SPAN_MS = 20_000;

/** Counts a reload about to happen at nowMs; false when there were too many lately. */
export function mayReload(storage: Pick<Storage, "getItem" | "setItem">, nowMs: number): boolean {
  let times: number[];
  try {
    const kept: unknown = JSON.parse(storage.getItem(KEY) ?? "[]");
    times = Array.isArray(kept) ? kept.filter((time) => typeof time === "number") : [];
  } catch {
    times = [];
  }
  const lately = times.filter((time) => nowMs - time < SPAN_MS && time <= nowMs);
  if (lately.length >= MOST) return false;
  storage.setItem(KEY, JSON.stringify([...lately, nowMs]));
  return true;
}
