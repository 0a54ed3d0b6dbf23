// @ts-check
// Who else has the ticket open, and what they do there.
import { one } from "./dom.js";
import { text } from "./texts.js";

/** @typedef {{name: string, initials: string, colour: number, what: string}} Somebody */

/** @param {{number: number, who: Somebody[]}} message */
export function showPresence(message) {
  const place = one("#presence");
  if (!place || String(message.number) !== one("#ticket")?.dataset.number) return;
  const others = message.who.filter((somebody) => somebody.name !== document.body.dataset.name);
  const writer = others.find((somebody) => somebody.what === "write") ?? others[0];
  place.hidden = !writer;
  place.replaceChildren();
  if (!writer) return;
  const mark = document.createElement("span");
  mark.className = `av s a${Number(writer.colour) || 1}`;
  mark.ariaHidden = "true";
  mark.textContent = writer.initials;
  const names = writer.what === "write" ? writer.name : others.map((somebody) => somebody.name).join(", ");
  place.append(mark, text(writer.what === "write" ? "writing" : "reading", { name: names }));
}
