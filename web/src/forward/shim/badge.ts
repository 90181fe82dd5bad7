/** Says on the page itself that gateway and platform can read it. */

const styles = `
:host { all: initial; position: fixed; right: 8px; bottom: 8px; z-index: 2147483647; }
div { display: flex; align-items: center; gap: 4px; max-width: calc(100vw - 24px);
  padding: 4px 4px 4px 10px; border-radius: 999px; background: #fdf3e1; color: #8a5200;
  border: 1px solid #8a5200; font: 600 12px/1.4 system-ui, sans-serif; }
button { all: unset; padding: 0 6px; border-radius: 999px; cursor: pointer; font-size: 14px; }
button:focus-visible { outline: 2px solid currentcolor; }
@media (prefers-color-scheme: dark) {
  div { background: #33270f; color: #f0b755; border-color: #f0b755; }
}
@media print { :host { display: none; } }`;

/** Shows the mark once the page has a body; it can be taken away for this view of the page. */
export function showBadge(document: Document): void {
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", () => {
      add(document);
    });
  } else {
    add(document);
  }
}

function add(document: Document): void {
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "closed" });
  // No <style>: the page's policy may forbid it.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);
  root.adoptedStyleSheets = [sheet];
  const mark = document.createElement("div");
  mark.setAttribute("role", "note");
  mark.title = "The gateway and the platform can read this page";
  mark.append("Not end-to-end encrypted");
  const close = document.createElement("button");
  close.type = "button";
  close.setAttribute("aria-label", "Hide this note");
  close.append("×");
  close.addEventListener("click", () => {
    host.remove();
  });
  mark.append(close);
  root.append(mark);
  document.documentElement.append(host);
}
