// @ts-check
// The one polite live region of the page.
import { one } from "./dom.js";

const LONGEST = 120;

/** Says `sentence` to screen readers. @param {string} sentence */
export function announce(sentence) {
  const region = one("#announce");
  if (!region || !sentence) return;
  region.textContent = "";
  setTimeout(() => (region.textContent = sentence.length > LONGEST ? `${sentence.slice(0, LONGEST - 1)}…` : sentence), 60);
}
