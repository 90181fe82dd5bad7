/**
 * Marks in the browser's timeline when the page could first be used: the first view is drawn
 * and the SSH client runs. Nothing waits for it; performance tools and the benchmarks read it.
 */

/** Name of the mark; web/bench/start.ts looks for it. */
const usableMark = "porthole:usable";

/** What a person can act on: the sign-in form, the filled list, a device page, a refusal. */
const firstView =
  'porthole-sign-in form, porthole-device-list .devices[aria-busy="false"], porthole-device, main > .empty';

/** Resolves once one of the first views is in root, and a frame has shown it. */
function firstViewShown(root: Element): Promise<void> {
  return new Promise((resolve) => {
    const look = (): boolean => {
      if (root.querySelector(firstView) === null) {
        return false;
      }
      requestAnimationFrame(() => {
        resolve();
      });
      return true;
    };
    if (look()) {
      return;
    }
    const changes = new MutationObserver(() => {
      if (look()) {
        changes.disconnect();
      }
    });
    changes.observe(root, { attributeFilter: ["aria-busy"], childList: true, subtree: true });
  });
}

/** Sets the mark once; a browser that cannot run the SSH client never gets there. */
export async function markUsable(root: Element, client: Promise<unknown>): Promise<void> {
  try {
    await Promise.all([firstViewShown(root), client]);
  } catch {
    return; // whoever connects is told why
  }
  performance.mark(usableMark);
}
