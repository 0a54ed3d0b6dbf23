// @ts-check
// Single keys. Buttons say theirs in data-key; the list and the writing box have their own. All are off in fields,
// and can be turned off altogether (WCAG 2.1.4). Never Ctrl+Alt: that is AltGr.
import * as composer from "./composer.js";
import { all, focus, one } from "./dom.js";
import { currentLink, move } from "./list.js";
import { back } from "./ticket.js";

const FIELDS = "input:not([type=radio], [type=checkbox], [type=submit]), textarea, select";

/** @param {KeyboardEvent} event */
const letter = (event) => (event.key.length === 1 && !event.shiftKey ? event.key.toLowerCase() : event.key);

/** @param {string} key */
const marked = (key) => all("[data-key]").find((element) => element.dataset.key === key && !element.closest("[hidden]"));

/** @param {KeyboardEvent} event @param {Element} target */
function withControl(event, target) {
  const key = event.key.toLowerCase();
  if (key === "k" && !event.shiftKey) {
    event.preventDefault();
    one("#search")?.showPopover();
    /** @type {HTMLInputElement | null} */ (one("#search-text"))?.select();
  } else if (key === "enter" && target.closest("#composer")) {
    event.preventDefault();
    composer.submit(event.shiftKey);
  }
}

function undoNewest() {
  const newest = all("button[data-undo]").sort((a, b) => Number(a.dataset.undo) - Number(b.dataset.undo));
  newest.at(-1)?.click();
}

/** @param {string} key @param {Element} target */
function single(key, target) {
  const isFree = target === document.body || !!target.closest("#list, #conversation:focus");
  switch (key) {
    case "j":
      return move(1), true;
    case "k":
      return move(-1), true;
    case "ArrowDown":
    case "ArrowUp":
      if (!isFree || target.closest("select, input")) return false;
      return move(key === "ArrowDown" ? 1 : -1), true;
    case "Enter":
      if (target !== document.body) return false;
      return (currentLink() ?? one("#rows a.trow"))?.click(), true;
    case "Escape":
      return back(), true;
    case "r":
      return composer.show("reply"), true;
    case "n":
      return composer.show("note"), true;
    case "z":
      return undoNewest(), true;
  }
  const button = marked(key);
  button?.click();
  return !!button;
}

document.addEventListener("keydown", (event) => {
  const target = event.target instanceof Element ? event.target : document.body;
  if (event.defaultPrevented || event.isComposing || event.altKey || event.repeat && !"jkArrowDownArrowUp".includes(event.key)) return;
  if (event.ctrlKey || event.metaKey) return withControl(event, target);
  if (document.querySelector("dialog[open], .popover:popover-open, .dialog:popover-open")) return;
  if (target.matches(FIELDS)) {
    if (event.key === "Escape" && target.closest("#composer")) focus(one("#conversation"));
    return;
  }
  if (document.body.dataset.shortcuts !== "on" && event.key.length === 1) return;
  if (single(letter(event), target)) event.preventDefault();
});
