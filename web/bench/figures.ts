/** The table of figures: value, limit measured in the same run, budget, verdict. */

import { mkdirSync, writeFileSync } from "node:fs";

export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** What it is compared with, measured in the same run. */
  against?: { name: string; value: number };
  /** The bound: on the value itself, or on value ÷ against. */
  bound?: { of: "value" | "ratio"; least?: number; most?: number };
  runs: number;
}

export function median(values: number[]): number {
  return percentile(values, 50);
}

export function percentile(values: number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((p / 100) * sorted.length))] ?? NaN;
}

/** met, MISSED, or "" where there is no bound. */
export function verdict(figure: Figure): string {
  if (figure.bound === undefined) return "";
  const { of, least, most } = figure.bound;
  const measured = of === "value" ? figure.value : figure.value / (figure.against?.value ?? NaN);
  const met =
    (least === undefined || measured >= least) && (most === undefined || measured <= most);
  return met ? "met" : "MISSED";
}

export function table(figures: Figure[]): string {
  const rows = figures.map((f) => [
    f.name,
    `${round(f.value)} ${f.unit}`,
    f.against === undefined ? "" : `${f.against.name}: ${round(f.against.value)} ${f.unit}`,
    f.against === undefined ? "" : `${round(f.value / f.against.value)} ×`,
    boundText(f),
    verdict(f),
    String(f.runs),
  ]);
  const head = ["figure", "ours", "next to", "ratio", "bound", "", "runs"];
  const widths = head.map((h, i) => Math.max(h.length, ...rows.map((r) => (r[i] ?? "").length)));
  const line = (cells: string[]) =>
    `| ${cells.map((c, i) => c.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [
    line(head),
    `|${widths.map((w) => "-".repeat(w + 2)).join("|")}|`,
    ...rows.map(line),
  ].join("\n");
}

/** Prints the table and writes the same figures as JSON. */
export function publish(figures: Figure[], file: string): void {
  const folder = file.slice(0, file.lastIndexOf("/"));
  mkdirSync(folder, { recursive: true });
  const json = figures.map((f) => ({ ...f, verdict: verdict(f) }));
  writeFileSync(file, `${JSON.stringify(json, null, 2)}\n`);
  process.stdout.write(`\n${table(figures)}\n\n${JSON.stringify(json)}\n\nAlso in ${file}\n`);
}

function boundText(figure: Figure): string {
  if (figure.bound === undefined) return "";
  const { of, least, most } = figure.bound;
  const unit = of === "value" ? ` ${figure.unit}` : " ×";
  return [
    least === undefined ? "" : `≥ ${round(least)}${unit}`,
    most === undefined ? "" : `≤ ${round(most)}${unit}`,
  ]
    .filter(Boolean)
    .join(", ");
}

function round(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);
}
