import { occurrences, type LogLine } from "./log-lines.ts";

/** The shown lines that hold a text; keeps up with what is added at the cost of the new lines. */
export class LogSearch {
  /** Numbers of lines, ascending. */
  matches: number[] = [];
  /** Line that the person is at; null before the first step. */
  at: number | null = null;
  query = "";
  #looked = -1; // number of the last line that was looked at

  /** Starts anew: another text, or other lines shown. */
  start(query: string, shown: readonly LogLine[]): void {
    [this.query, this.matches, this.#looked, this.at] = [query, [], -1, null];
    this.update(shown);
  }

  /** Looks at what was added; forgets what has gone. */
  update(shown: readonly LogLine[]): void {
    if (this.query === "") return;
    const oldest = shown[0]?.number ?? Infinity;
    if ((this.matches[0] ?? oldest) < oldest) {
      this.matches = this.matches.filter((number) => number >= oldest);
    }
    let index = shown.length;
    while (index > 0 && (shown[index - 1]?.number ?? -1) > this.#looked) index--;
    for (const line of shown.slice(index)) {
      if (occurrences(line.text, this.query).length > 0) this.matches.push(line.number);
      this.#looked = line.number;
    }
  }

  /** The next match, round the end; from the newest line when none was visited. */
  step(direction: "next" | "previous"): number | null {
    if (this.matches.length === 0) return null;
    const at = this.at ?? Infinity;
    this.at =
      direction === "next"
        ? (this.matches.find((number) => number > at) ?? this.matches[0] ?? null)
        : (this.matches.findLast((number) => number < at) ?? this.matches.at(-1) ?? null);
    return this.at;
  }

  /** "3 of 17 lines" */
  get words(): string {
    if (this.query === "") return "";
    const { length } = this.matches;
    if (length === 0) return "No match";
    const index = this.at === null ? -1 : this.matches.indexOf(this.at);
    const lines = `${String(length)} ${length === 1 ? "line" : "lines"}`;
    return index < 0 ? lines : `${String(index + 1)} of ${lines}`;
  }
}
