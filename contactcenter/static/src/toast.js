// @ts-check
// Short messages over the navigation, with undo. They wait while pointer or focus is on them.
import { announce } from "./announce.js";
import { keepFocus, one } from "./dom.js";
import { text } from "./texts.js";

const SHOWN_MS = 10_000;

/** @param {string} label @param {() => void} action */
function button(label, action) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.addEventListener("click", action);
  return made;
}

/** @param {HTMLElement} box */
function remove(box) {
  const had = box.contains(document.activeElement);
  box.remove();
  if (had) keepFocus();
}

/** @param {HTMLElement} box */
function expire(box) {
  if (!box.isConnected) return;
  if (box.matches(":hover, :focus-within")) setTimeout(expire, 2000, box);
  else remove(box);
}

/** @typedef {{text: string, undo?: {url: string, body: Record<string, string | number>}}} Toast */

/** Shows a message. Undoing is left to whoever listens for "cc:undo". @param {Toast} message */
export function toast(message) {
  const box = document.createElement("div");
  box.className = "toast";
  const words = document.createElement("p");
  words.textContent = message.text;
  box.append(words);
  if (message.undo) {
    const undo = button(text("undo"), () => {
      remove(box);
      document.dispatchEvent(new CustomEvent("cc:undo", { detail: message.undo }));
    });
    undo.dataset.undo = String(Date.now());
    box.append(undo);
  }
  const close = button("×", () => remove(box));
  close.ariaLabel = text("dismiss");
  box.append(close);
  const toasts = one("#toasts");
  while (toasts && toasts.children.length > 2) toasts.firstElementChild?.remove();
  toasts?.append(box);
  announce(message.text);
  setTimeout(expire, SHOWN_MS, box);
}

/** Says that something did not work, and that nothing is lost. */
export const failed = () => toast({ text: text(navigator.onLine ? "failed" : "offline") });

/** Adds the choice of outcome to the newest toast, once a ticket has been closed. */
export function offerOutcome() {
  const template = /** @type {HTMLTemplateElement | null} */ (one("#outcome-form"));
  const newest = one("#toasts")?.lastElementChild;
  if (template && newest) newest.append(template.content.cloneNode(true));
}
