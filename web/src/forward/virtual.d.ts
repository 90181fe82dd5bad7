/** Scripts of ours as text, put in by scripts/forward.mjs. */
declare module "virtual:shim" {
  const text: string;
  export default text;
}
declare module "virtual:worker-shim" {
  const text: string;
  export default text;
}
