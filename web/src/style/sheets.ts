import { unsafeCSS, type CSSResult } from "lit";
import controls from "./controls.css?inline";

/**
 * The page's controls for shadow roots. The tokens they use are custom properties and
 * come in from outside; `device.ts` has defaults for an embedder without them.
 */
export const controlStyles: CSSResult = unsafeCSS(controls);
