/** The relay's own benchmark (server/relay): throughput next to a TCP copy, memory of idle connections. */

import { execFileSync } from "node:child_process";
import { median, type Figure } from "./figures.ts";

const COUNT = 5;

export function relayFigures(root: string): Figure[] {
  const text = execFileSync(
    "go",
    ["test", "-run", "^$", "-bench", ".", "-benchtime", "1s", "-count", String(COUNT), "./server/relay"],
    { cwd: root, env: { ...process.env, GOFLAGS: "-buildvcs=false" } },
  ).toString();
  const values = (bench: string, unit: string): number[] =>
    text
      .split("\n")
      .filter((line) => line.startsWith(bench))
      .map((line) => Number(new RegExp(`([\\d.]+) ${unit}`).exec(line)?.[1] ?? NaN))
      .filter((value) => !Number.isNaN(value));
  const throughput = (name: string, bench: string): Figure => ({
    name,
    value: median(values(`${bench}/relay`, "MB/s")),
    unit: "MB/s",
    against: { name: "plain TCP copy", value: median(values(`${bench}/tcp_copy`, "MB/s")) },
    bound: { of: "ratio", least: 0.7 },
    runs: COUNT,
  });
  return [
    throughput("relay, device → client", "BenchmarkDown"),
    throughput("relay, client → device", "BenchmarkUp"),
  ];
}
