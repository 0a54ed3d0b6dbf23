// @ts-check
// The conversation: new lines are put in, changed ones replaced by id; it sticks to the bottom only if one is there.
import { announce } from "./announce.js";
import { all, focus, isNarrow, keepFocus, on, one, parse } from "./dom.js";
import { html, serverNow } from "./http.js";
import { counted, text } from "./texts.js";
import { failed } from "./toast.js";

const NEAR_PX = 80;
const PAGE = 50;
const UNSETTLED = ["queued", "sending", "uncertain", "sent"];
/** @type {Map<string, number>} */
const scrolls = new Map();
let unseen = 0;

const number = () => one("#ticket")?.dataset.number ?? "";
const scroller = () => /** @type {HTMLElement} */ (isNarrow() ? one("#main") : one("#timeline"));
const isAtEnd = () => {
  const box = scroller();
  return !!box && box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
};

function toEnd() {
  const box = scroller();
  if (box) box.scrollTop = box.scrollHeight;
  unseen = 0;
  one("#jump")?.setAttribute("hidden", "");
}

/** The highest line number on screen. */
export const lastSeq = () => Math.max(0, ...all("#timeline-items [data-seq]").map((item) => Number(item.dataset.seq)));

/** Remembers where in the conversation one was, before another is opened. */
export const leave = () => void (number() && scroller() && scrolls.set(number(), isAtEnd() ? -1 : scroller().scrollTop));

/** Goes where one was in this conversation, or to its end. */
export function enter() {
  unseen = 0;
  if (!number()) return;
  const at = scrolls.get(number()) ?? -1;
  if (at >= 0) scroller().scrollTop = at;
  else if (!isNarrow()) toEnd();
  else scroller().scrollTop = 0;
}

/** What can change about a line once it is there; not its text, nor what the reader has unfolded. @param {HTMLElement} line */
const sign = (line) => [line.dataset.state, !!one("[data-undo-send]", line), one(".fail, .not-reached", line)?.textContent, all(".at", line).length].join();

/** Puts lines into the conversation: those already there are replaced, others go last. Returns the new ones.
 * @param {string} source */
export function merge(source) {
  const box = one("#timeline-items");
  /** @type {HTMLElement[]} */
  const added = [];
  if (!box) return added;
  const stick = isAtEnd();
  for (const line of all(":scope > *", parse(source).body)) {
    const same = line.id && one(`#${CSS.escape(line.id)}`, box);
    if (line.matches(".evts")) {
      for (const event of all(".evt", line)) if (one(`:scope > #${event.id}`, box)) event.remove();
      if (!one(".evt", line)) continue;
    }
    if (line.dataset.day && all("[data-day]", box).some((day) => day.dataset.day === line.dataset.day)) continue;
    if (same) {
      if (sign(same) === sign(line)) continue;
      const had = same.contains(document.activeElement);
      same.replaceWith(line);
      if (had) keepFocus();
    } else {
      box.append(line);
      added.push(line);
      const undo = one("button[data-undo]", line);
      if (undo) undo.dataset.undo = String(Date.now());
    }
  }
  tick();
  if (!added.length) return added;
  if (stick) toEnd();
  else {
    unseen += added.filter((line) => line.matches(".msg")).length;
    const jump = one("#jump");
    const words = jump && one("[data-text]", jump);
    if (jump && words && unseen) {
      words.textContent = counted("more", unseen);
      jump.hidden = false;
    }
  }
  return added;
}

/** Fetches what has come and what has changed since. */
export async function refresh() {
  const [ticket, at] = [one("#ticket"), number()];
  if (!ticket || !at) return;
  const open = all("#timeline-items [data-state]").filter((item) => UNSETTLED.includes(item.dataset.state ?? ""));
  const from = Math.min(lastSeq(), ...open.map((item) => Number(item.dataset.seq) - 1));
  const source = await html(`${ticket.dataset.timelineUrl}?efter=${from}`, { quiet: true });
  if (number() !== at) return;
  const got = all("[data-seq]", parse(source)).map((line) => Number(line.dataset.seq));
  for (const item of open) {
    const seq = Number(item.dataset.seq);
    if (!got.includes(seq) && (got.length < PAGE || Math.min(...got) < seq)) item.remove(); // taken back by its writer
  }
  keepFocus();
  const added = merge(source);
  if (added.length) document.dispatchEvent(new CustomEvent("cc:lines"));
  const incoming = added.filter((line) => line.matches(".msg.in")).at(-1);
  if (incoming) {
    const [name, words] = [one(".h b", incoming)?.textContent ?? "", one(".text", incoming)?.textContent ?? ""];
    announce(text("incoming", { name, text: words.trim() }));
  }
}

/** Counts the seconds until answers leave; when they have, asks what became of them. */
function tick() {
  for (const form of all("[data-undo-send]")) {
    const left = Math.ceil((Date.parse(form.dataset.until ?? "") - serverNow()) / 1000);
    const words = one("[data-countdown]", form);
    if (!words || Number.isNaN(left)) continue;
    if (left > 0) words.textContent = text("sendingIn", { n: left });
    else if (!form.dataset.over) {
      form.dataset.over = "1";
      words.textContent = text("sending");
      const button = one("button", form);
      if (button === document.activeElement) focus(one("#conversation"));
      button?.remove();
      [1500, 5000, 15_000].forEach((wait) => setTimeout(() => refresh().catch(() => {}), wait));
    }
  }
}

/** Puts older lines above, without moving what is read. @param {HTMLAnchorElement} link */
async function showOlder(link) {
  const source = parse(await html(link.href));
  const box = scroller();
  const [before, top] = [box.scrollHeight, box.scrollTop];
  const had = document.activeElement === link;
  const older = one("#older");
  const first = source.body.querySelector(".msg")?.id;
  older?.replaceWith(...source.body.childNodes);
  box.scrollTop = top + box.scrollHeight - before;
  if (had) focus(one("[data-older]") ?? (first ? one("#timeline") : null));
}

on("click", "[data-older]", (event, link) => {
  event.preventDefault();
  showOlder(link).catch(failed);
});
on("click", "#jump", () => {
  toEnd();
  focus(one("#timeline"));
});
document.addEventListener("scroll", () => unseen && isAtEnd() && toEnd(), { capture: true, passive: true });
setInterval(tick, 1000);
