/** The relay's own benchmark (server/relay): throughput next to a TCP copy, memory of idle connections. */

import { median, type Figure } from "./figures.ts";
import { goBench, values } from "./go.ts";

const COUNT = 5;

export function relayFigures(root: string): Figure[] {
  const folder = "./server/relay";
  const text = goBench(root, { folder, bench: "Down|Up", time: "1s", count: COUNT });
  const throughput = (name: string, bench: string): Figure => ({
    name,
    value: median(values(text, `${bench}/relay`, "MB/s")),
    unit: "MB/s",
    against: { name: "plain TCP copy", value: median(values(text, `${bench}/tcp_copy`, "MB/s")) },
    bound: { of: "ratio", least: 0.7 },
    runs: COUNT,
  });
  const idle = goBench(root, { folder, bench: "BenchmarkIdle", time: "1x", count: 3 });
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
