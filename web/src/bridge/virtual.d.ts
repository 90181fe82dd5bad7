/** What web/scripts/go-program.mjs serves to the bundler. */

/** Runs Go's own wasm_exec.js of the toolchain that built the program: sets globalThis.Go. */
declare module "virtual:wasm-exec" {}

/** Address of the compiled Go program, with the hash of its content in the name. */
declare module "virtual:go-program" {
  const url: string;
  export default url;
}
