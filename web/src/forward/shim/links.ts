/**
 * Links to the device's own addresses. http://localhost:1880 in a page of the device means
 * the device; followed as it is, it would be the computer of whoever reads the page.
 */

import { ownPath } from "../targets.ts";

/** Maps what is followed, sent, opened or navigated to while the page lives. */
export function mapLinks(page: Window & typeof globalThis, targets: readonly string[]): void {
  const { document, location } = page;

  /** The same place on this origin; null when the address leads elsewhere or is here already. */
  const mapped = (address: string): string | null => {
    try {
      const url = new URL(address, document.baseURI);
      const path = url.origin === location.origin ? null : ownPath(url, location.origin, targets);
      return path === null ? null : location.origin + path;
    } catch {
      return null;
    }
  };

  const mapAttribute = (element: Element | null | undefined, name: string): void => {
    const to = mapped(element?.getAttribute(name) ?? "");
    if (to !== null) element?.setAttribute(name, to);
  };

  const mapForm = (form: HTMLFormElement, submitter: Element | null): void => {
    mapAttribute(form, "action");
    mapAttribute(submitter, "formaction");
    keepReferrer(document);
  };

  const onLink = (event: Event): void => {
    const link = event
      .composedPath()
      .find(
        (node): node is Element => node instanceof Element && /^(?:a|area)$/i.test(node.localName),
      );
    mapAttribute(link, "href");
    mapAttribute(link, "xlink:href");
  };
  for (const type of ["click", "auxclick", "contextmenu", "dragstart"]) {
    page.addEventListener(type, onLink, true);
  }

  page.addEventListener(
    "submit",
    (event) => {
      if (event.target instanceof HTMLFormElement) mapForm(event.target, event.submitter);
    },
    true,
  );
  const prototype = page.HTMLFormElement.prototype as {
    submit: (this: HTMLFormElement) => void;
  };
  const { submit } = prototype;
  prototype.submit = function (): void {
    mapForm(this, null);
    submit.call(this);
  };

  const open = page.open.bind(page);
  page.open = (url?: string | URL, target?: string, features?: string): Window | null =>
    open(mapped(String(url ?? "")) ?? url, target, features);

  mapNavigations(page, mapped);
}

/** location.href = … and its like, where the browser tells before it goes (Navigation API). */
function mapNavigations(
  page: Window & typeof globalThis,
  mapped: (address: string) => string | null,
): void {
  const { navigation } = page as { navigation?: EventTarget };
  navigation?.addEventListener("navigate", (event) => {
    const { destination, formData } = event as Event & {
      destination?: { url?: string };
      formData?: unknown;
    };
    const to = mapped(destination?.url ?? "");
    if (to !== null && event.cancelable && (formData ?? null) === null) {
      event.preventDefault();
      page.location.assign(to);
    }
  });
}

/**
 * A form without a referrer could be anybody's, and is refused. A page that asked for none
 * asked so for the sake of other sites, which get none anyway.
 */
function keepReferrer(document: Document): void {
  if (document.querySelector("meta[name=referrer i]") === null) return;
  const meta = document.createElement("meta");
  meta.name = "referrer";
  meta.content = "same-origin";
  document.head.append(meta);
}
