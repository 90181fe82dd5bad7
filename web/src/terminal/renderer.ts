/** Draws with WebGL where a graphics card does it, else with elements of the page. */

import type { Terminal } from "@xterm/xterm";

/** Which renderer draws now. */
export type RendererName = "webgl" | "dom";

/** Names of drawing without a graphics card: Chromium's, Mesa's, Windows'. */
const software = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/**
 * True when WebGL 2 is there and fast: software WebGL draws several times slower than the
 * page's own elements, and Chromium offers it even where it is told to fail for that.
 */
function hasFastWebGL(document: Document): boolean {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("webgl2", { failIfMajorPerformanceCaveat: true });
  if (context === null) {
    return false;
  }
  const info = context.getExtension("WEBGL_debug_renderer_info");
  const name: unknown = context.getParameter(info?.UNMASKED_RENDERER_WEBGL ?? context.RENDERER);
  context.getExtension("WEBGL_lose_context")?.loseContext(); // contexts per page are few
  return typeof name === "string" && !software.test(name);
}

/**
 * Switches to WebGL when it is worth it; onChange hears of each switch, also of the way back
 * after an error or when the browser takes the context away.
 */
export async function useWebGL(
  terminal: Terminal,
  document: Document,
  onChange: (name: RendererName) => void,
): Promise<void> {
  if (!hasFastWebGL(document)) {
    return;
  }
  try {
    const { WebglAddon } = await import("@xterm/addon-webgl");
    if (terminal.element?.isConnected !== true) {
      return; // disposed while the addon loaded
    }
    const addon = new WebglAddon();
    addon.onContextLoss(() => {
      addon.dispose(); // xterm.js goes back to its DOM renderer
      terminal.refresh(0, terminal.rows - 1);
      onChange("dom");
    });
    terminal.loadAddon(addon);
    onChange("webgl");
  } catch {
    // The DOM renderer is in place all the time; nothing to tell.
  }
}
