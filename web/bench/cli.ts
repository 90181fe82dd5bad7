/** The command line's figures: benchmarks of ssh/cmd/porthole, which measure by turns and give medians. */

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Figure } from "./figures.ts";
import { goBench, values } from "./go.ts";

export function cliFigures(root: string): Figure[] {
  const program = join(root, ".cache/bench/porthole");
  execFileSync(
    "go",
    ["build", "-trimpath", "-ldflags=-s -w", "-o", program, "./ssh/cmd/porthole"],
    { cwd: root, env: { ...process.env, CGO_ENABLED: "0" } },
  );
  const output = goBench(
    root,
    { folder: "./ssh/cmd/porthole", bench: "Figure", time: "1x" },
    { PORTHOLE_BIN: program },
  );
  const value = (bench: string, unit: string) =>
    values(output, `BenchmarkFigure${bench}`, unit)[0] ?? NaN;
  return [
    ...["up", "down"].map((way): Figure => ({
      name: `cli, one stream ${way}`,
      value: value(`Stream/${way}`, "porthole-MB/s"),
      unit: "MB/s",
      against: {
        name: "as many plain TCP copies",
        value: value(`Stream/${way}`, "copies-MB/s"),
      },
      bound: { of: "ratio", least: 0.6 },
      runs: 5,
    })),
    {
      name: "cli, new connection through the gateway, p50",
      value: value("Connection", "gateway-ms"),
      unit: "ms",
      against: { name: "straight to the stand-in", value: value("Connection", "direct-ms") },
      bound: { of: "value", most: 15 },
      runs: 100,
    },
    {
      name: "cli, one of 500 idle tunnels",
      value: value("Idle", "idle-KiB"),
      unit: "KiB",
      bound: { of: "value", most: 64 },
      runs: 1,
    },
    {
      name: "cli, proxy: start → ready",
      value: value("Start", "ready-ms"),
      unit: "ms",
      against: { name: "porthole version", value: value("Start", "version-ms") },
      bound: { of: "value", most: 100 },
      runs: 15,
    },
    ...["up", "down"].flatMap((way): Figure[] => {
      const ours = {
        name: `cli, cp of 100 MiB ${way}`,
        value: value("Copy", `${way}-MB/s`),
        unit: "MB/s",
        runs: 5,
      };
      const sftp = value("Copy", `sftp-${way}-MB/s`);
      const gcm = value("Copy", `sftp-gcm-${way}-MB/s`);
      return [
        { ...ours, against: { name: "sftp", value: sftp }, bound: { of: "ratio", least: 0.7 } },
        { ...ours, against: { name: "sftp with AES-GCM, as ours", value: gcm } },
      ];
    }),
  ];
}
