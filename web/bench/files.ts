/** The figures of files, next to OpenSSH's own sftp and scp against the same sshd. */

import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPeer, withApp, type App } from "./app.ts";
import { startDelay, type Delay } from "./delay.ts";
import { memoryFigures as memory } from "./file-memory.ts";
import { median, percentile, type Figure } from "./figures.ts";
import { digest } from "../test/digest.ts";
import { manyFigures as many } from "./many-files.ts";
import { nativeFiles } from "./native-files.ts";
import type { Peer } from "./native.ts";
import type { Timed } from "./page/files.ts";

const MB = 1e6;
const MIB = 1024 * 1024;
const BYTES = 100 * MIB;
const RUNS = 3;
/** No faster than this is asked for, however fast native sftp is (MB/s). */
const ENOUGH = { download: 55, upload: 50 };
const SHARE_OF_NATIVE = 0.35;

/** What lies on the device. */
interface Ground {
  readonly folder: string;
  readonly big: string;
  readonly digest: string;
}

/** The figures; only is the name of the one group that is wanted, such as "echo". */
export async function filesFigures(root: string, only = ""): Promise<Figure[]> {
  const ground = lay();
  const delays: Record<string, Delay> = {};
  const shell = await startPeer(root, ["--no-sftp"]);
  try {
    return await withApp(
      root,
      async (app) => {
        const figures: Figure[] = [];
        for (const part of [
          speedFigures,
          farFigures,
          shellFigures,
          manyFigures,
          echoFigures,
          memoryFigures,
        ]) {
          if (!part.name.startsWith(only)) continue;
          process.stderr.write(`files: ${part.name}\n`); // it takes minutes
          const made = await part(app, ground, delays);
          figures.push(...made);
          for (const { name, value, unit, against } of made) {
            const beside =
              against === undefined ? "" : `, ${against.name} ${against.value.toFixed(1)}`;
            process.stderr.write(`  ${name}: ${value.toFixed(2)} ${unit}${beside}\n`);
          }
        }
        return figures;
      },
      async (peer) => {
        for (const ms of [50, 100]) delays[ms] = await startDelay(peer.port, ms);
        const far = Object.entries(delays).map(([ms, { port }]) => [
          `far-${ms}`,
          { ...peer, port },
        ]);
        return { ...(Object.fromEntries(far) as Record<string, Peer>), shell: shell.peer };
      },
    );
  } finally {
    for (const delay of Object.values(delays)) await delay.stop();
    await shell.stop();
    rmSync(ground.folder, { recursive: true, force: true });
  }
}

function lay(): Ground {
  const folder = mkdtempSync(join(tmpdir(), "porthole-files-"));
  const big = join(folder, "big");
  const data = randomBytes(BYTES);
  writeFileSync(big, data);
  return { folder, big, digest: digest(data) };
}

/** Connects, runs measure with the files open, and disconnects. */
async function connected<T>(app: App, target: string, measure: () => Promise<T>): Promise<T> {
  const { tab } = app;
  await tab.show();
  await tab.run(`bench.connect(${target})`);
  await tab.run("bench.files()");
  try {
    return await measure();
  } finally {
    await tab.run("bench.closeFiles().then(() => bench.disconnect())");
  }
}

/** MB/s of one download and one upload of the big file; what arrives is compared. */
async function once(app: App, ground: Ground): Promise<{ download: number; upload: number }> {
  const rate = ({ ms, digest: arrived }: Timed): number => {
    if (arrived !== ground.digest) throw new Error("what arrived is not what was sent");
    return BYTES / MB / (ms / 1000);
  };
  const path = JSON.stringify(ground.big);
  const back = join(ground.folder, "uploaded");
  const download = rate(await app.tab.run<Timed>(`bench.download(${path}, "big")`));
  const upload = rate(await app.tab.run<Timed>(`bench.upload("big", ${JSON.stringify(back)})`));
  if (digest(readFileSync(back)) !== ground.digest)
    throw new Error("what the device has is not what was sent");
  return { download, upload };
}

/** The same by OpenSSH's clients. */
async function native(
  peer: Peer,
  ground: Ground,
  port?: number,
): Promise<{ download: number; upload: number; scpDown: number; scpUp: number }> {
  const client = await nativeFiles(peer, port);
  const rate = (ms: number) => BYTES / MB / (ms / 1000);
  const [local, back] = [join(ground.folder, "local"), join(ground.folder, "native")];
  try {
    return {
      download: rate(await client.sftp(`get "${ground.big}" "${local}"`)),
      upload: rate(await client.sftp(`put "${local}" "${back}"`)),
      scpDown: rate(await client.scp(`:${ground.big}`, local)),
      scpUp: rate(await client.scp(local, `:${back}`)),
    };
  } finally {
    client.close();
  }
}

async function speedFigures(app: App, ground: Ground): Promise<Figure[]> {
  const ours = { download: [] as number[], upload: [] as number[] };
  const theirs = {
    ...{ download: [] as number[], upload: [] as number[] },
    ...{ scpDown: [] as number[], scpUp: [] as number[] },
  };
  await connected(app, app.target, async () => {
    await once(app, ground); // warms V8 and the window
    for (let run = 0; run < RUNS; run++) {
      const [a, b] = [await native(app.peer, ground), await once(app, ground)];
      for (const key of ["download", "upload"] as const) ours[key].push(b[key]);
      for (const key of ["download", "upload", "scpDown", "scpUp"] as const)
        theirs[key].push(a[key]);
    }
  });
  return (["download", "upload"] as const).flatMap((direction) => {
    const value = median(ours[direction]);
    const limit = median(theirs[direction]);
    const scp = median(theirs[direction === "download" ? "scpDown" : "scpUp"]);
    const name = `${direction} of 100 MiB`;
    const least = Math.min(ENOUGH[direction], SHARE_OF_NATIVE * limit);
    return [
      {
        ...{ name, value, unit: "MB/s", against: { name: "sftp", value: limit } },
        ...{ bound: { of: "value" as const, least }, runs: RUNS },
      },
      { name, value, unit: "MB/s", against: { name: "scp", value: scp }, runs: RUNS },
    ];
  });
}

async function farFigures(
  app: App,
  ground: Ground,
  delays: Readonly<Record<string, Delay>>,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [ms, { port }] of Object.entries(delays)) {
    const ours: { download: number; upload: number }[] = [];
    await connected(app, app.more[`far-${ms}`] ?? "", async () => {
      for (let run = 0; run < RUNS; run++) ours.push(await once(app, ground));
    });
    const theirs = await native(app.peer, ground, port);
    for (const direction of ["download", "upload"] as const)
      figures.push({
        name: `${direction} of 100 MiB, ${ms} ms round trip`,
        value: median(ours.map((one) => one[direction])),
        unit: "MB/s",
        against: { name: "sftp", value: theirs[direction] },
        bound: { of: "value", least: 30 },
        runs: RUNS,
      });
  }
  return figures;
}

/** By turns with SFTP, so that what else the machine does meets both. */
async function shellFigures(app: App, ground: Ground): Promise<Figure[]> {
  const [shell, sftp] = [[], []] as { download: number; upload: number }[][];
  for (let run = 0; run < RUNS; run++) {
    sftp?.push(await connected(app, app.target, () => once(app, ground)));
    shell?.push(await connected(app, app.more["shell"] ?? "", () => once(app, ground)));
  }
  return (["download", "upload"] as const).map((direction) => ({
    name: `${direction} of 100 MiB, shell tools`,
    value: median((shell ?? []).map((one) => one[direction])),
    unit: "MB/s",
    against: { name: "SFTP", value: median((sftp ?? []).map((one) => one[direction])) },
    bound: { of: "ratio" as const, least: 0.5 },
    runs: RUNS,
  }));
}

/** See many-files.ts. */
function manyFigures(app: App, ground: Ground): Promise<Figure[]> {
  return connected(app, app.target, () => many(app, ground.folder));
}

async function echoFigures(app: App, ground: Ground): Promise<Figure[]> {
  const { tab } = app;
  const keys = 200;
  const echo = () => tab.run<number[]>(`bench.echo(${keys})`);
  return connected(app, app.target, async () => {
    await once(app, ground);
    const idle = await echo();
    const figures: Figure[] = [];
    const loads = [
      ["download", ground.big, "again", "a download runs"],
      ["upload", join(ground.folder, "again"), "big", "an upload runs"],
      ["tree", fewSmall(ground), "few", "small files are downloaded"],
    ] as const;
    for (const [direction, path, name, what] of loads) {
      await tab.run(`bench.transferBegin(...${JSON.stringify([direction, path, name])})`);
      const times = await echo();
      await tab.run("bench.transferEnd()");
      for (const p of [50, 99])
        figures.push({
          name: `key → echoed cell, p${p}, while ${what}`,
          value: percentile(times, p),
          unit: "ms",
          against: { name: "idle", value: percentile(idle, p) },
          ...(p === 99 && { bound: { of: "ratio" as const, most: 2 } }),
          runs: keys,
        });
    }
    return figures;
  });
}

/** As many small files as are through in a second or two. */
function fewSmall({ folder }: Ground): string {
  const few = join(folder, "few");
  mkdirSync(few);
  for (let i = 0; i < 1000; i++) writeFileSync(join(few, `file-${i}`), randomBytes(1024));
  return few;
}

function memoryFigures(app: App, ground: Ground): Promise<Figure[]> {
  return connected(app, app.target, async () => {
    await once(app, ground); // warms V8 and the window
    return memory(app, ground.folder);
  });
}
