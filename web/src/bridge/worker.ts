/** The dedicated worker: the Go program, and the door to it. */

import "virtual:wasm-exec";
import { expose } from "comlink";
import programURL from "virtual:go-program";
import { installErrorTransfer } from "./failure.ts";
import { startProgram } from "./go-program.ts";
import { WorkerHost } from "./worker-host.ts";

installErrorTransfer();
const scope = globalThis as unknown as Parameters<typeof startProgram>[1];
expose(new WorkerHost(startProgram(programURL, scope)));
