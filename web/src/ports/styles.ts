import type { CSSResult } from "lit";
import { forwardsStyles } from "./styles/forwards.ts";
import { pagesStyles } from "./styles/pages.ts";
import { panelStyles } from "./styles/panel.ts";
import { viewsStyles } from "./styles/views.ts";

/** The ports panel's; the panel's own come first, the parts refine them. */
export const portsStyles: readonly CSSResult[] = [
  panelStyles,
  pagesStyles,
  forwardsStyles,
  viewsStyles,
];
