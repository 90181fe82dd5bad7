/** Units from big to small, in seconds, with the age from which each is used. */
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

const format = new Intl.RelativeTimeFormat("en", { numeric: "always" });

/** "5 minutes ago"; a time in the future (clocks differ) counts as now. */
export function relativeTime(then: Date, now: Date = new Date()): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - then.getTime()) / 1000));
  if (seconds < 1) return "just now";
  const [unit, length] = UNITS.find(([, size]) => seconds >= size) ?? ["second", 1];
  return format.format(-Math.floor(seconds / length), unit);
}

/** Full local date and time, for a title or an assistive text. */
export function exactTime(then: Date): string {
  return then.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** The local date alone. */
export function exactDay(then: Date): string {
  return then.toLocaleDateString(undefined, { dateStyle: "medium" });
}

/** "1.5 MB": decimal units, three digits at most. */
export function byteCount(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit] ?? "B"}`;
}
