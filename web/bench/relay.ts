/** The relay's own benchmark (server/relay): throughput next to a TCP copy, memory of idle connections. */

import { execFileSync } from "node:child_process";
import { median, type Figure } from "./figures.ts";

const COUNT = 5;

export function relayFigures(root: string): Figure[] {
  const text = execFileSync(
    "go",
    [
      "test",
      "-run",
      "^$",
      "-bench",
      "Down|Up",
      "-benchtime",
      "1s",
      "-count",
      String(COUNT),
      "./server/relay",
    ],
    { cwd: root },
  ).toString();
  const values = (output: string, bench: string, unit: string): number[] =>
    output
      .split("\n")
      .filter((line) => line.startsWith(bench))
      .map((line) => Number(new RegExp(`([\\d.]+) ${unit}`).exec(line)?.[1] ?? NaN))
      .filter((value) => !Number.isNaN(value));
  const throughput = (name: string, bench: string): Figure => ({
    name,
    value: median(values(text, `${bench}/relay`, "MB/s")),
    unit: "MB/s",
    against: { name: "plain TCP copy", value: median(values(text, `${bench}/tcp_copy`, "MB/s")) },
    bound: { of: "ratio", least: 0.7 },
    runs: COUNT,
  });
  const idle = execFileSync(
    "go",
    [
      "test",
      "-run",
      "^$",
      "-bench",
      "BenchmarkIdle",
      "-benchtime",
      "1x",
      "-count",
      "3",
      "./server/relay",
    ],
    { cwd: root },
  ).toString();
  return [
    throughput("relay, device → client", "BenchmarkDown"),
    throughput("relay, client → device", "BenchmarkUp"),
    {
      name: "relay, one of 2,000 idle connections",
      value: median(values(idle, "BenchmarkIdle/relay", "B/connection")) / 1024,
      unit: "KiB",
      against: {
        name: "bare loop",
        value: median(values(idle, "BenchmarkIdle/bare_loop", "B/connection")) / 1024,
      },
      bound: { of: "ratio", most: 1.3 },
      runs: 3,
    },
  ];
}
