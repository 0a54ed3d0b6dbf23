// @ts-check

/** @param {string} selector @param {ParentNode} [root] @returns {HTMLElement | null} */
export const one = (selector, root = document) => root.querySelector(selector);

/** @param {string} selector @param {ParentNode} [root] @returns {HTMLElement[]} */
export const all = (selector, root = document) => [...root.querySelectorAll(selector)].filter((e) => e instanceof HTMLElement);

/** A document of `html`, parsed without running or loading anything. @param {string} html */
export function parse(html) {
  const made = new DOMParser().parseFromString(html, "text/html");
  made.querySelectorAll("noscript").forEach((element) => element.remove()); // parsed without scripts, it would be real
  return made;
}

/** Listens on the whole document for `type` on elements that match. @param {string} type @param {string} selector
 * @param {(event: any, element: any) => void} handler */
export function on(type, selector, handler) {
  document.addEventListener(type, (event) => {
    const element = event.target instanceof Element ? event.target.closest(selector) : null;
    if (element) handler(event, element);
  });
}

/** True if the page is one pane wide. */
export const isNarrow = () => matchMedia("(max-width: 899px)").matches;

/** Moves focus without scrolling the page about. @param {HTMLElement | null | undefined} element */
export const focus = (element) => element?.focus({ preventScroll: false });

/** Gives lost focus (on <body>, after what had it went away) a place. */
export function keepFocus() {
  if (!document.activeElement || document.activeElement === document.body) focus(one("#conversation") ?? one("#list"));
}

/** Closes every open menu. @param {ParentNode} [root] */
export const closeMenus = (root = document) => all(".popover:popover-open", root).forEach((menu) => menu.hidePopover());
