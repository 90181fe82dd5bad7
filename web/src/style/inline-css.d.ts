/** A stylesheet as text, for shadow roots (Vite's `?inline`). */
declare module "*.css?inline" {
  const css: string;
  export default css;
}
