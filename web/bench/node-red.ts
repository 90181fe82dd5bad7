/** Node-RED's editor, cold: from navigation to the flow canvas, through the tunnel and without. */

import { startNodeRED } from "../e2e/support/real-pages.ts";
import { withApp } from "./app.ts";
import { startChromium, type Tab } from "./cdp.ts";
import { median, type Figure } from "./figures.ts";

const RUNS = 5;

/**
 * Runs before the page's own scripts and keeps when the editor stood: palette, tabs and
 * canvas are there, and the curtain that hides them while it loads is gone.
 */
const WATCH = `(() => {
  const look = () => {
    const there = (selector) => document.querySelector(selector)?.getClientRects().length > 0;
    const ready = there(".red-ui-palette-node") && there("#red-ui-workspace-tabs li") &&
      there("#red-ui-workspace-chart svg") && !there("#red-ui-loading-progress");
    if (ready) globalThis.editorReady = performance.now();
    else setTimeout(look, 10);
  };
  look();
})()`;

async function editor(tab: Tab, url: string): Promise<number> {
  await tab.send("Page.addScriptToEvaluateOnNewDocument", { source: WATCH });
  await tab.show();
  await tab.goto(url);
  await tab.until("globalThis.editorReady");
  return tab.run<number>("editorReady");
}

/** Every run has a browser of its own: nothing is cached. */
export async function nodeREDFigures(root: string): Promise<Figure[]> {
  const page = await startNodeRED();
  const ours: number[] = [];
  const direct: number[] = [];
  try {
    for (let i = 0; i < RUNS; i++) {
      const browser = startChromium();
      direct.push(await editor(await browser.tab(), `http://127.0.0.1:${page.port}/`));
      await browser.close();
      ours.push(
        await withApp(root, async ({ browser, tab, target }) => {
          await tab.run("bench.ready()");
          const origin = await tab.run<string>(`bench.forward(${target}, ${page.port})`);
          return editor(await browser.tab(), `${origin}/`);
        }),
      );
    }
  } finally {
    await page.stop();
  }
  return [
    {
      name: "forward, Node-RED's editor, cold, median",
      value: median(ours),
      unit: "ms",
      against: { name: "direct", value: median(direct) },
      bound: { of: "ratio", most: 1.2 },
      runs: RUNS,
    },
  ];
}
