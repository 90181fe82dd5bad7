/** Loads and runs the Go program in the worker's own thread. */

import type { BridgeEntry, GoBridge } from "./bridge.d.ts";
import { BridgeFailure, CODE_NO_WEBASSEMBLY } from "./failure.ts";
import type { Program } from "./worker-host.ts";

/** BRIDGE_VERSION of bridge.d.ts: the two halves must be of one build. */
const bridgeVersion = 2;

/** Go's runtime of the browser, from the toolchain's wasm_exec.js. */
interface GoRuntime {
  readonly importObject: WebAssembly.Imports;
  /** Resolves when main returned or the program panicked. */
  run(instance: WebAssembly.Instance): Promise<void>;
}

interface GoScope {
  Go: new () => GoRuntime;
  portholeBridge?: BridgeEntry;
}

/** Compiles while it downloads; a server that names the wrong type costs the second way. */
async function instantiate(
  url: string,
  imports: WebAssembly.Imports,
): Promise<WebAssembly.Instance> {
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`${url} answered ${String(response.status)}`);
  }
  if (response.headers.get("Content-Type") === "application/wasm") {
    return (await WebAssembly.instantiateStreaming(response, imports)).instance;
  }
  return (await WebAssembly.instantiate(await response.arrayBuffer(), imports)).instance;
}

function loadFailure(cause: unknown): BridgeFailure {
  return new BridgeFailure(
    CODE_NO_WEBASSEMBLY,
    "The SSH client could not be loaded. Check the network connection and reload the page.",
    { detail: { reason: cause instanceof Error ? cause.message : String(cause) }, cause },
  );
}

/** Starts the program at url; scope is the worker's global object, where wasm_exec.js put Go. */
export function startProgram(url: string, scope: GoScope): Program {
  let tellExit: (reason: string) => void;
  const exited = new Promise<string>((resolve) => {
    tellExit = resolve;
  });
  const start = async (): Promise<GoBridge> => {
    if (typeof WebAssembly === "undefined") {
      throw new Error("WebAssembly is missing");
    }
    const go = new scope.Go();
    const instance = await instantiate(url, go.importObject);
    // run() returns at Go's first wait; by then main has put its entry on the global object.
    go.run(instance).then(
      () => {
        tellExit("the program ended");
      },
      (error: unknown) => {
        tellExit(error instanceof Error ? error.message : String(error));
      },
    );
    const entry = scope.portholeBridge;
    if (entry === undefined) {
      throw new Error("the program offers no bridge");
    }
    const bridge = await entry();
    if ((bridge.version as number) !== bridgeVersion) {
      throw new Error(`bridge version ${String(bridge.version)}, want ${String(bridgeVersion)}`);
    }
    return bridge;
  };
  const bridge = start().catch((error: unknown) => {
    throw loadFailure(error);
  });
  return { bridge, exited };
}
