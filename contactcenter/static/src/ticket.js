// @ts-check
// Opening tickets without leaving the page, and what happens around an action on one.
import htmx from "htmx.org";
import * as composer from "./composer.js";
import { all, closeMenus, focus, isNarrow, keepFocus, on, one, parse } from "./dom.js";
import { saveAll } from "./drafts.js";
import { html, request } from "./http.js";
import { currentLink, markCurrent, neighbour, renew } from "./list.js";
import { text } from "./texts.js";
import * as timeline from "./timeline.js";
import { failed, offerOutcome, toast } from "./toast.js";

/** @type {AbortController | null} */
let opening = null;

export const openNumber = () => Number(one("#ticket")?.dataset.number) || null;
const opened = () => document.dispatchEvent(new CustomEvent("cc:opened"));

/** Renews head and context of the open ticket. */
export async function refreshHead() {
  const [url, number, list] = [one("#ticket")?.dataset.stateUrl, openNumber(), one("#list")];
  if (!url || !number) return;
  const answer = await request(`${url}?${list?.dataset.query ?? ""}`, { quiet: true });
  if (answer.ok) putHead(await answer.text(), number);
  else if (answer.status === 404 && number === openNumber()) {
    await open(list?.dataset.url ?? "/");
    toast({ text: text("gone") });
  }
}

/** @param {string} source @param {number | null} number */
function putHead(source, number) {
  const head = one("#ticket-head");
  const fresh = /** @type {HTMLElement | null} */ (parse(source).querySelector("#ticket-head"));
  if (number !== openNumber() || !head || !fresh) return;
  if (Number(fresh.dataset.rev) < Number(head.dataset.rev)) return; // asked for before our own act, answered after it
  htmx.swap(/** @type {any} */ ({ text: source, target: head, swap: "outerMorph", sourceElement: head })).then(keepFocus);
}

/** Shows the ticket (or the list) at `url`. @param {string} url @param {{push?: boolean, focusOn?: string}} [options] */
export async function open(url, { push = true, focusOn = "#conversation" } = {}) {
  opening?.abort();
  const mine = (opening = new AbortController());
  timeline.leave();
  const saved = saveAll();
  let source;
  try {
    const answer = await request(url, { signal: mine.signal });
    if (!answer.ok) return location.assign(url);
    source = parse(await answer.text());
    await saved;
  } catch {
    if (!mine.signal.aborted) failed();
    return;
  }
  const [fresh, old] = [source.querySelector("#ticket"), one("#ticket")];
  if (mine.signal.aborted) return;
  if (!(fresh instanceof HTMLElement) || !old) return location.assign(url);
  const list = source.querySelector("#list");
  if (list instanceof HTMLElement && list.dataset.query !== one("#list")?.dataset.query) {
    one("#list")?.replaceWith(list);
    htmx.process(list);
  }
  old.replaceWith(fresh);
  htmx.process(fresh);
  document.title = fresh.dataset.title || source.title || document.title;
  if (push) history.pushState({}, "", url);
  pane(openNumber() ? "ticket" : "list");
  markCurrent(openNumber() ?? "");
  composer.enter();
  timeline.enter();
  if (openNumber()) focus(one(focusOn));
  opened();
}

/** @param {"list" | "ticket"} which */
const pane = (which) => one("#shell")?.setAttribute("data-pane", which);

/** Back from the ticket to its row. */
export function back() {
  if (isNarrow() && one("#shell")?.dataset.pane === "ticket") {
    timeline.leave();
    saveAll();
    history.pushState({}, "", one("#list")?.dataset.url);
    pane("list");
  }
  focus(currentLink() ?? one("#list"));
}

/** What an action on the ticket leaves to do. @param {{closes: boolean, then?: string}} act */
function acted(act) {
  const [ticket, number] = [one("#ticket"), openNumber() ?? ""];
  one("#ticket-problem")?.replaceChildren();
  closeMenus();
  const next = act.closes ? neighbour(number) : null;
  if (act.closes) offerOutcome();
  if (act.then === "next" && next) open(next.href);
  else if (next) focus(next);
  else keepFocus();
  if (ticket?.dataset.id) renew([Number(ticket.dataset.id)]).catch(() => {});
  timeline.refresh().catch(() => {});
  document.dispatchEvent(new CustomEvent("cc:counts"));
}

on("click", "a[data-open]", (event, link) => {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (link.href) open(link.href);
});
on("click", "a[data-back]", (event) => {
  event.preventDefault();
  back();
});
on("click", "[data-copy]", async (_, button) => {
  closeMenus();
  if (!isSecureContext) return void prompt("", button.dataset.copy); // without HTTPS there is no clipboard to write to
  await navigator.clipboard.writeText(button.dataset.copy).catch(() => {});
  toast({ text: text("copied", { text: button.dataset.copy }) });
});
on("click", "a[href='#why']", (event) => {
  event.preventDefault();
  focus(one("#why"));
});
on("change", ".outcome select", async (_, select) => {
  const body = new URLSearchParams(/** @type {any} */ (new FormData(select.form)));
  const number = Number(new URL(select.form.action).pathname.match(/\d+/)?.[0]);
  html(select.form.action, { method: "POST", body }).then((source) => putHead(source, number), failed);
});
document.addEventListener("cc:undo", async (event) => {
  const { url, body } = /** @type {CustomEvent} */ (event).detail;
  const number = Number(url.match(/\d+/)?.[0]);
  try {
    putHead(await html(url, { method: "POST", body: new URLSearchParams(body) }), number);
    renew(all(`#rows li[data-number="${number}"]`).map((row) => Number(row.dataset.id))).catch(() => {});
    document.dispatchEvent(new CustomEvent("cc:counts"));
  } catch {
    failed();
  }
});
document.addEventListener("cc:changed", () => refreshHead().catch(() => {}));

document.addEventListener("htmx:config:request", (event) => {
  /** @type {CustomEvent} */ (event).detail.ctx.fetch = request;
});
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  const form = ctx.request.form; // after the swap the element may have become another form
  ctx.act = { closes: !!form?.matches("[data-outcome]"), then: form?.dataset.then };
  if (ctx.response.status < 400) return;
  const isWrite = ctx.request.method !== "GET";
  // Elsewhere the answer is the form again, with what is wrong, or it stands above what was typed.
  if (isWrite && !one("#ticket-problem")) {
    if (ctx.response.status !== 409 && ctx.response.status !== 422) [ctx.target, ctx.swap] = [form, "afterbegin"];
    return;
  }
  ctx.target = isWrite ? one("#ticket-problem") : null;
  ctx.swap = isWrite ? "innerHTML" : "none";
});
document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (!ctx.request || ctx.request.method === "GET") return;
  if (ctx.response.status < 400) acted(ctx.act);
  else {
    closeMenus();
    focus(one("#ticket-problem"));
    if (ctx.response.status === 409) refreshHead().catch(() => {});
  }
});
document.addEventListener("htmx:error", (event) => {
  if (/** @type {CustomEvent} */ (event).detail.ctx?.request?.method !== "GET") failed();
});
addEventListener("popstate", () => void open(location.href, { push: false }));
matchMedia("(min-width: 1280px)").addEventListener("change", () => one("#ticket-context:popover-open")?.hidePopover());
