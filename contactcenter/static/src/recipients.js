// @ts-check
// Whom the answer goes to: three fields behind one line that says it all. A changed recipient is seen, read and heard.
import { all, one, parse } from "./dom.js";
import { html } from "./http.js";
import { announce } from "./announce.js";
import { text } from "./texts.js";

/** @typedef {{to: string, cc: string, bcc: string}} Recipients */

const place = () => /** @type {HTMLDetailsElement | null} */ (one("#recipients"));
/** @param {string} name */
const field = (name) => /** @type {HTMLInputElement | null} */ (one(`#reply-${name}`));
/** @param {string} typed */
const addresses = (typed) => (typed.match(/[^\s,;<>"]+@[^\s,;<>"]+/g) ?? []).map((address) => address.toLowerCase());

/** What stands in the fields; null for a form without them. @param {HTMLFormElement} form @returns {Recipients | null} */
export function read(form) {
  if (form.dataset.kind !== "reply" || !place()) return null;
  const typed = new FormData(form);
  /** @param {string} name */
  const joined = (name) => typed.getAll(name).map(String).filter((value) => value.trim()).join(", ");
  return { to: joined("to"), cc: joined("cc"), bcc: joined("bcc") };
}

/** @param {Recipients} recipients */
export function write(recipients) {
  for (const [name, value] of Object.entries(recipients)) {
    const input = field(name);
    if (input) input.value = value;
  }
  for (const box of all("[data-offered]", place() ?? undefined)) /** @type {HTMLInputElement} */ (box).checked = false;
  show();
  const details = place();
  if (details) details.open = details.matches(":has(.changed)");
}

/** Leaves the room to what stands above the text; the line still says it all. */
export const fold = () => place()?.removeAttribute("open");

/** Shows the field that a problem is about, and says whether it is one of these. @param {string} wrong */
export function mark(wrong) {
  for (const name of ["to", "cc", "bcc"]) field(name)?.removeAttribute("aria-invalid");
  const details = place();
  const input = ["to", "cc", "bcc"].includes(wrong) ? field(wrong) : null;
  if (!details || !input) return false;
  input.setAttribute("aria-invalid", "true");
  details.open = true;
  return true;
}

/** As for an answer that nobody has begun: nothing of the last one stays. */
export const reset = () => write({ to: place()?.dataset.usual ?? "", cc: "", bcc: "" });

/** After something has come: who would get an answer now, if nobody has begun one, and whom the last did not reach. */
export async function renew() {
  const url = place()?.dataset.url;
  if (!url) return;
  const fresh = parse(await html(url, { quiet: true })).querySelector("#recipients");
  const details = place();
  if (!(fresh instanceof HTMLDetailsElement) || details?.dataset.url !== url) return;
  all(".missed", details).forEach((note) => note.remove());
  details.append(...all(".missed", fresh));
  const [input, area] = [field("to"), /** @type {HTMLTextAreaElement | null} */ (one("#reply-text"))];
  const isBegun = area?.value.trim() || details.contains(document.activeElement);
  const isUsual = input?.value.trim() === (details.dataset.usual ?? "");
  details.dataset.usual = fresh.dataset.usual;
  if (!isBegun && isUsual && input) input.value = fresh.dataset.usual ?? "";
  offer(details, one(".offered", fresh));
  show();
}

/** Puts what can be added by a click now in place of what could, unless it is in use. @param {HTMLElement} details @param {HTMLElement | null} offered */
function offer(details, offered) {
  const had = one(".offered", details);
  if (details.contains(document.activeElement) || (had && one(":checked", had))) return;
  had?.remove();
  if (offered) one("#recipients-hint", details)?.before(offered);
}

/** Says in the line what the fields say. */
export function show() {
  const details = place();
  const form = /** @type {HTMLFormElement | null} */ (one("#reply-form"));
  const now = form && read(form);
  if (!details || !now) return;
  const { own = "", hidden = "", channel = "" } = details.dataset;
  const parts = [now.to.trim() || hidden || "–"];
  if (now.cc) parts.push(text("copyTo", { text: now.cc }));
  if (now.bcc) parts.push(text("blindCopyTo", { text: now.bcc }));
  const line = one("[data-line]", details);
  if (line) line.textContent = text("recipients", { name: channel, text: parts.join(", ") });
  const isChanged = now.to.trim().toLowerCase() !== own || !!now.cc || !!now.bcc;
  const summary = one("summary", details);
  if (isChanged && !summary?.classList.contains("changed")) announce(text("changedRecipients"));
  summary?.classList.toggle("changed", isChanged);
  one("[data-changed]", details)?.toggleAttribute("hidden", !isChanged);
  const named = [now.to, now.cc, now.bcc].flatMap(addresses);
  for (const note of all("[data-missed]", details)) {
    const address = note.dataset.missed ?? "";
    const isNamed = address ? named.includes(address) : !now.to.trim();
    if (isNamed && note.hidden) announce(note.textContent ?? "");
    note.hidden = !isNamed;
  }
}
