/** Figures that Go benchmarks measure (`b.ReportMetric`), read off what `go test` prints. */

import { execFileSync } from "node:child_process";

/** Runs benchmarks of a package; `count` times, as `go test` does. */
export function goBench(
  root: string,
  wanted: { folder: string; bench: string; time: string; count?: number },
  env: Record<string, string> = {},
): string {
  return execFileSync(
    "go",
    [
      "test",
      "-run",
      "^$",
      "-bench",
      wanted.bench,
      "-benchtime",
      wanted.time,
      "-count",
      String(wanted.count ?? 1),
      wanted.folder,
    ],
    { cwd: root, env: { ...process.env, ...env } },
  ).toString();
}

/** All values with that unit of the benchmarks whose name begins so. */
export function values(output: string, bench: string, unit: string): number[] {
  return output
    .split("\n")
    .filter((line) => line.startsWith(bench))
    .map((line) =>
      Number(new RegExp(`([\\d.]+(?:e[+-]?\\d+)?) ${unit}(?:\\s|$)`).exec(line)?.[1] ?? NaN),
    )
    .filter((value) => !Number.isNaN(value));
}
