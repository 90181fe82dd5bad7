// make dev: the gateway with assets from disk; rebuilds what a change touches. The page is
// reloaded by hand; the gateway is started again (which signs people out) only when Go code
// of the server changed.
import { spawn, spawnSync } from "node:child_process";
import { watch } from "node:fs";

const root = new URL("../../", import.meta.url).pathname;
const flags = [
  ...["--demo", "--listen", `127.0.0.1:${process.env.PORT ?? "8440"}`],
  ...["--state-dir", process.env.STATE ?? ".porthole", "--assets-dir", "static/dist"],
  ...(process.env.RUN_FLAGS ?? "").split(" ").filter(Boolean),
];

let gateway;
function startGateway() {
  gateway = spawn("bin/demo/portholed", flags, { cwd: root, stdio: "inherit" });
}

function make(target) {
  console.log(`make ${target}`);
  return (
    spawnSync("make", ["--no-print-directory", target], { cwd: root, stdio: "inherit" }).status ===
    0
  );
}

/** Calls action once things have been quiet for a moment: editors write in bursts. */
function onChange(folders, matches, action) {
  let timer;
  for (const folder of folders)
    watch(root + folder, { recursive: true }, (_event, name) => {
      if (name === null || !matches.test(name)) return;
      clearTimeout(timer);
      timer = setTimeout(action, 200);
    });
}

onChange(["web/src", "wasm", "ssh"], /\.(ts|css|html|go)$/, () => make("web"));
// The demo device is linked into the gateway, and so are the shared wire facts.
onChange(["server", "static", "ssh/wire", "ssh/sshtest"], /\.go$/, () => {
  if (!make("bin/demo/portholed")) return;
  gateway.once("exit", startGateway);
  gateway.kill("SIGTERM");
});
for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, () => {
    gateway.once("exit", () => process.exit(0));
    gateway.kill("SIGTERM");
  });
startGateway();
