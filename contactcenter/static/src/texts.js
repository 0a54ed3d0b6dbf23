// @ts-check
// What scripts say is written in partials/texts.html, translated there. Here it is only looked up.

/** The text called `name` with {placeholders} filled in. @param {string} name @param {Record<string, string | number>} [values] */
export function text(name, values = {}) {
  const found = document.getElementById("texts")?.dataset[name] ?? "";
  return found.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}

/** "1 new ticket" or "3 new tickets": `nameOne` or `nameMany`. @param {string} name @param {number} n */
export const counted = (name, n) => text(n === 1 ? `${name}One` : `${name}Many`, { n });
