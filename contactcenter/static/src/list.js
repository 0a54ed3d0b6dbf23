// @ts-check
// The list. Rows never move under the pointer: known rows change in place, new ones wait behind a bar until asked for.
import htmx from "htmx.org";
import { announce } from "./announce.js";
import { all, focus, on, one, parse } from "./dom.js";
import { html } from "./http.js";
import { counted, text } from "./texts.js";
import { failed } from "./toast.js";

const ANNOUNCE_EVERY_MS = 30_000;
/** @type {Set<number>} */
const buffered = new Set();
let announced = 0;
let announcing = 0;
let next = ""; // the row that stood below the open ticket's when that left the list

const list = () => one("#list");
/** @returns {HTMLAnchorElement[]} */
const links = () => /** @type {any} */ (all("#rows a.trow"));
/** @param {number | string} id */
const rowOf = (id) => one(`#row-${id}`);

/** Revision of a row we show, or undefined. @param {number} id */
export const knownRev = (id) => (rowOf(id) ? Number(rowOf(id)?.dataset.rev) : undefined);

/** Ids of all rows on screen. */
export const shownIds = () => all("#rows li[data-id]").map((row) => Number(row.dataset.id));

/** The link of the open ticket's row. */
export const currentLink = () => /** @type {HTMLAnchorElement | null} */ (one('#rows a.trow[aria-current="true"]'));

/** The link after the one of ticket `number`, else the one before it. @param {string | number} number */
export function neighbour(number) {
  const rows = links();
  const at = rows.findIndex((link) => link.parentElement?.dataset.number === String(number));
  const below = at < 0 && rows.find((link) => link.parentElement?.id === next);
  if (below) return below;
  const open = (/** @type {HTMLAnchorElement | undefined} */ link) => link && !link.classList.contains("dimmed");
  return rows.slice(at + 1).find(open) ?? rows.slice(0, Math.max(at, 0)).reverse().find(open) ?? null;
}

/** Moves focus `step` rows on. @param {number} step */
export function move(step) {
  const rows = links();
  if (!rows.length) return;
  const active = /** @type {any} */ (document.activeElement);
  const from = rows.includes(active) ? rows.indexOf(active) : rows.findIndex((link) => link === currentLink());
  const to = from < 0 ? 0 : Math.min(Math.max(from + step, 0), rows.length - 1);
  focus(rows[to]);
}

/** Marks the row of the open ticket. @param {string | number} number */
export function markCurrent(number) {
  for (const link of links()) {
    if (link.parentElement?.dataset.number === String(number)) {
      link.setAttribute("aria-current", "true");
      link.classList.remove("unread");
    } else link.removeAttribute("aria-current");
  }
}

/** Puts what is new about a row into it, keeping the link (and so focus) in place. @param {HTMLElement} row @param {HTMLElement} fresh */
function patch(row, fresh) {
  const [link, newer] = [row.querySelector("a"), fresh.querySelector("a")];
  if (!link || !newer) return;
  Object.assign(row.dataset, fresh.dataset);
  if (link.getAttribute("aria-current")) newer.classList.remove("unread");
  link.className = newer.className;
  link.href = newer.href;
  link.replaceChildren(...newer.childNodes);
}

/** @param {HTMLElement} row */
function blank(row) {
  const link = row.querySelector("a");
  if (!link || link.dataset.gone) return;
  link.dataset.gone = "1";
  link.removeAttribute("href");
  link.className = "trow dimmed";
  link.querySelectorAll(".n b, .sub").forEach((part) => (part.textContent = ""));
  link.querySelectorAll(".tag, .who, time").forEach((part) => part.remove());
  const words = link.querySelector(".pre");
  if (words) words.textContent = text("gone");
}

/** Whether a row would stand among those on screen, by urgency and moment. @param {HTMLElement} row */
function belongs(row) {
  if (!one("#more") || row.dataset.urgent) return true;
  const moments = all("#rows li[data-at]:not([data-urgent])").map((shown) => shown.dataset.at ?? "");
  const [first, last, at] = [moments[0] ?? "", moments.at(-1) ?? "", row.dataset.at ?? ""];
  return first > last ? at >= last : at <= last;
}

/** Fetches rows by id and puts each in its place; unknown ones that belong here are counted in the bar.
 * @param {number[]} ids @param {(id: number) => boolean} [isNews] */
export async function renew(ids, isNews = () => false) {
  const box = list();
  if (!box || !ids.length) return;
  const got = new Map((await rowsById(ids)).map((row) => [Number(row.dataset.id), row]));
  for (const id of ids) {
    const [row, newer] = [rowOf(id), got.get(id)];
    if (row && newer) patch(row, newer);
    else if (row) blank(row);
    else if (newer && !newer.querySelector(".dimmed") && (isNews(id) || belongs(newer))) buffered.add(id);
  }
  if (buffered.size) isBusy() ? showBar() : await flush();
}

function isBusy() {
  const rows = one("#rows");
  return !rows || rows.scrollTop > 0 || (one("#main")?.scrollTop ?? 0) > 0 || !!list()?.matches(":hover, :focus-within") || links().length > 60;
}

function showBar() {
  const bar = one("#newbar");
  const words = bar && one("[data-text]", bar);
  if (!bar || !words) return;
  words.textContent = counted("new", buffered.size);
  bar.hidden = false;
  const wait = Math.max(0, announced + ANNOUNCE_EVERY_MS - Date.now());
  clearTimeout(announcing);
  announcing = window.setTimeout(() => {
    announced = Date.now();
    if (buffered.size) announce(counted("new", buffered.size));
  }, wait);
}

/** Rows by id, parsed. @param {number[]} ids */
async function rowsById(ids) {
  const query = new URLSearchParams(list()?.dataset.query ?? "");
  ids.forEach((id) => query.append("id", String(id)));
  return all("li[data-id]", parse(await html(`${document.body.dataset.rowsUrl}?${query}`, { quiet: true })));
}

/** New rows that lie further down than the list reaches stand at its top, under a heading of their own. @param {Set<number>} fresh */
async function showFar(fresh) {
  const far = [...fresh].filter((id) => !rowOf(id));
  if (!far.length) return;
  const template = /** @type {HTMLTemplateElement | null} */ (one("#fresh-group"));
  const rows = (await rowsById(far)).filter((row) => !row.querySelector(".dimmed") && !rowOf(row.dataset.id ?? ""));
  if (!template || !rows.length) return;
  const group = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  group.querySelector("ul")?.append(...rows);
  one("#rows")?.prepend(group);
}

/** Renews the whole list, keeping scroll and focus. */
export async function flush() {
  const box = list();
  const rows = one("#rows");
  if (!box || !rows) return;
  const asked = box.dataset.query;
  const page = parse(await html(box.dataset.url ?? "", { quiet: true }));
  if (box.dataset.query !== asked || !page.querySelector("#rows")) return;
  const fresh = new Set(buffered);
  buffered.clear();
  const [top, held] = [rows.scrollTop, document.activeElement?.closest("#rows li")?.id];
  const hadBar = document.activeElement === one("#newbar");
  const number = one("#ticket")?.dataset.number ?? "";
  if (currentLink()) next = neighbour(number)?.parentElement?.id ?? "";
  rows.replaceChildren(.../** @type {Element} */ (page.querySelector("#rows")).childNodes);
  one("#list-title")?.replaceChildren(.../** @type {Element} */ (page.querySelector("#list-title")).childNodes);
  one("#newbar")?.setAttribute("hidden", "");
  await showFar(fresh);
  htmx.process(rows);
  if (number) markCurrent(number);
  rows.scrollTop = top;
  fresh.forEach((id) => rowOf(id)?.querySelector("a")?.classList.add("fresh"));
  if (held) focus(one(`#${held} a`));
  else if (hadBar) focus(one("#rows .fresh") ?? links()[0]);
}

on("click", "#newbar", () => flush().catch(failed));
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && buffered.size > 0 && flush().catch(() => {}));
document.addEventListener("htmx:after:swap", (event) => {
  const { sourceElement, request } = /** @type {CustomEvent} */ (event).detail.ctx;
  if (request?.form?.id === "filters" || sourceElement?.id === "filters" || sourceElement?.id === "list") {
    history.pushState({}, "", list()?.dataset.url);
    buffered.clear();
    one("#newbar")?.setAttribute("hidden", "");
    markCurrent(one("#ticket")?.dataset.number ?? "");
  }
  for (const row of all("#rows [data-group=fresh] + ul li")) if (all(`#${row.id}`).length > 1) row.remove();
  let last = "";
  for (const heading of all("#rows [data-group]")) {
    if (heading.dataset.group === last) heading.remove();
    else last = heading.dataset.group ?? "";
  }
});
