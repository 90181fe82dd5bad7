import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";

describe("npm run build", () => {
  let folder: string;
  let dist: string;
  let files: string[];

  /** A build of the real page around the smallest WebAssembly module. */
  function build(): Record<string, string> {
    execFileSync("npm", ["run", "--silent", "build"], {
      env: {
        ...process.env,
        PORTHOLE_WASM: path.join(folder, "tiny.wasm"),
        PORTHOLE_DIST: dist,
        PORTHOLE_CACHE: path.join(folder, "cache"),
      },
      stdio: ["ignore", "inherit", "inherit"],
    });
    return Object.fromEntries(
      readdirSync(dist, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name))
        .map((file) => [path.relative(dist, file), readFileSync(file).toString("base64")]),
    );
  }

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "porthole-build-"));
    dist = path.join(folder, "dist");
    mkdirSync(path.join(dist, "assets"), { recursive: true });
    writeFileSync(path.join(dist, ".gitignore"), "*\n!.gitignore\n");
    writeFileSync(path.join(dist, "assets/old-12345678.js"), "old");
    writeFileSync(path.join(folder, "tiny.wasm"), Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    files = Object.keys(build());
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test("the same sources give the same bytes", () => {
    assert.deepEqual(build(), build());
  });

  test("old outputs are gone, .gitignore stays", () => {
    assert.ok(files.includes(".gitignore"));
    assert.ok(!files.includes("assets/old-12345678.js"));
  });

  test("every asset's name has a hash; no source maps are published", () => {
    for (const file of files.filter((name) => name.startsWith("assets/"))) {
      assert.match(file, /^assets\/[\w.-]+-[\w-]{8}\.\w+(?:\.br|\.gz)?$/);
      assert.doesNotMatch(file, /\.map/);
    }
    for (const file of files.filter((name) => name.endsWith(".js"))) {
      assert.doesNotMatch(readFileSync(path.join(dist, file), "utf8"), /sourceMappingURL/);
    }
  });

  test("siblings unpack to the file", () => {
    const page = readFileSync(path.join(dist, "index.html"));
    assert.deepEqual(brotliDecompressSync(readFileSync(path.join(dist, "index.html.br"))), page);
    assert.deepEqual(gunzipSync(readFileSync(path.join(dist, "index.html.gz"))), page);
    for (const file of files.filter((name) => name.endsWith(".br"))) {
      assert.ok(files.includes(file.replace(/br$/, "gz")), file);
    }
  });

  test("the head fetches the worker and starts it at once; nothing is inline or foreign", () => {
    const page = readFileSync(path.join(dist, "index.html"), "utf8");
    const manifest = JSON.parse(readFileSync(path.join(dist, "manifest.json"), "utf8")) as {
      worker: string;
      wasm: string;
      files: string[];
    };
    assert.ok(page.includes(`rel="modulepreload" href="/${manifest.worker}"`));
    assert.ok(!page.includes(manifest.wasm), "a preload of the program would load it twice");
    assert.match(page, /<script type="module" crossorigin async src="\/assets\/early-/);
    assert.doesNotMatch(page, /<script(?![^>]*\bsrc=)|\son\w+=|https?:\/\//);
    for (const file of manifest.files) {
      assert.ok(existsSync(path.join(dist, file)), file);
    }
    assert.ok(readFileSync(path.join(dist, manifest.worker), "utf8").includes(manifest.wasm));
  });
});
