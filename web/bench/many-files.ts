/** Many small files, and a long list, next to OpenSSH's own sftp. */

import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { App } from "./app.ts";
import { median, type Figure } from "./figures.ts";
import { nativeFiles } from "./native-files.ts";

const RUNS = 3;
const FILES = 10_000;
const FILE_BYTES = 1024;
const ENTRIES = 50_000;
const ENOUGH = 500;

/** ground: a folder of the device, which is this machine; the app is connected. */
export async function manyFigures(app: App, ground: string): Promise<Figure[]> {
  const small = join(ground, "small");
  const wide = join(ground, "wide");
  for (const folder of [small, wide]) mkdirSync(folder);
  for (let i = 0; i < FILES; i++) writeFileSync(join(small, `file-${i}`), randomBytes(FILE_BYTES));
  for (let i = 0; i < ENTRIES; i++) writeFileSync(join(wide, `entry-${i}`), "");
  return [
    ...(await downloads(app, ground, small)),
    ...(await uploads(app, ground, small)),
    ...(await lists(app, wide)),
  ];
}

const rate = (ms: number) => FILES / (ms / 1000);

/** Into a folder of the person's disk, and into OPFS, whose files cost Chromium far more. */
async function downloads({ tab, peer }: App, ground: string, small: string): Promise<Figure[]> {
  const disk = join(ground, "disk");
  mkdirSync(disk);
  const data = { items: [], files: [disk], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"])
    await tab.send("Input.dispatchDragEvent", { type, x: 100, y: 100, data });
  if (!(await tab.run<boolean>("bench.mayWrite()")))
    throw new Error("the browser does not let the page write to the dropped folder");
  const client = await nativeFiles(peer);
  const theirs = rate(await client.sftp(`get -r "${small}" "${join(ground, "native-tree")}"`));
  client.close();
  const figures: Figure[] = [];
  for (const where of ["disk", "opfs"] as const) {
    const alone = await tab.run<number>(`bench.writeAlone("${where}", 2000, ${FILE_BYTES})`);
    const tree = await tab.run<{ ms: number; files: number }>(
      `bench.tree(${JSON.stringify(small)}, "tree", "${where}")`,
    );
    if (tree.files !== FILES) throw new Error(`${tree.files} files arrived`);
    const name = `10,000 files of 1 KiB, downloaded to ${where === "disk" ? "a folder" : "OPFS"}`;
    const ours = { name, value: rate(tree.ms), unit: "files/s", runs: 1 };
    if (where === "disk")
      figures.push({
        ...{ ...ours, against: { name: "sftp get -r", value: theirs } },
        bound: { of: "value", least: ENOUGH },
      });
    figures.push({
      ...ours,
      against: { name: "the browser writing them, no device", value: alone },
    });
  }
  if (readdirSync(join(disk, "tree/small")).length !== FILES) throw new Error("files are missing");
  return figures;
}

async function uploads({ tab, peer }: App, ground: string, small: string): Promise<Figure[]> {
  const into = join(ground, "uploads");
  mkdirSync(into);
  const { ms, files } = await tab.run<{ ms: number; files: number }>(
    `bench.uploadMany(${FILES}, ${FILE_BYTES}, ${JSON.stringify(into)})`,
  );
  if (files !== FILES || readdirSync(join(into, "up")).length !== FILES)
    throw new Error(`${files} files were uploaded`);
  const client = await nativeFiles(peer);
  const theirs = rate(await client.sftp(`put -r "${small}" "${join(into, "native")}"`));
  client.close();
  return [
    {
      name: "10,000 files of 1 KiB, uploaded",
      ...{ value: rate(ms), unit: "files/s", against: { name: "sftp put -r", value: theirs } },
      ...{ bound: { of: "value", least: ENOUGH }, runs: 1 },
    },
  ];
}

async function lists({ tab, peer }: App, wide: string): Promise<Figure[]> {
  const path = JSON.stringify(wide);
  const times = { page: [] as number[], first: [] as number[], all: [] as number[] };
  const theirs: number[] = [];
  const client = await nativeFiles(peer);
  for (let run = 0; run < RUNS; run++) {
    theirs.push((await client.sftp(`ls -n "${wide}"`)) / 1000);
    const list = await tab.run<{ ms: number; entries: number }>(`bench.list(${path})`);
    const panel = await tab.run<{ first: number; all: number; entries: number }>(
      `bench.panel(${path})`,
    );
    if (list.entries !== ENTRIES || panel.entries !== ENTRIES)
      throw new Error(`${list.entries} and ${panel.entries} entries came`);
    times.page.push(list.ms / 1000);
    times.first.push(panel.first / 1000);
    times.all.push(panel.all / 1000);
  }
  client.close();
  const against = { name: "sftp ls -n", value: median(theirs) };
  const made = (what: string, values: number[], most?: number): Figure => ({
    ...{ name: `list of 50,000 entries, ${what}`, value: median(values), unit: "s", against },
    ...{ runs: RUNS, ...(most !== undefined && { bound: { of: "value" as const, most } }) },
  });
  return [
    made("in the page", times.page),
    made("first rows painted", times.first),
    made("sorted and painted", times.all, 1),
  ];
}
