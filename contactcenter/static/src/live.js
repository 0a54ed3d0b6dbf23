// @ts-check
// The live connection. It brings hints {id, rev}, never content: what changed is fetched over HTTP, in batches.
// Without it everything is asked for every 30 s.
import htmx from "htmx.org";
import { io } from "socket.io-client";
import { one } from "./dom.js";
import { request } from "./http.js";
import { knownRev, renew, shownIds } from "./list.js";
import { showPresence } from "./presence.js";
import { text } from "./texts.js";
import { openNumber, refreshHead } from "./ticket.js";
import * as timeline from "./timeline.js";

const BATCH_MS = 250;
const JITTER_MS = 100;
const DELTA_MS = 30_000;
const TIMES_MS = 120_000;
const COUNTS_MS = 2000;
const MOST_ROWS = 50;
const AGAIN_MS = 3000;

/** @typedef {{e?: string, t: number, n?: number, r: number, k?: string}} Hint */
/** @type {Map<number, Hint>} */
const waiting = new Map();
/** @type {Map<number, number>} */
const seen = new Map();
let since = ""; // a place in the order of events; opaque here
let batch = 0;
let drained = 0;
let counts = 0;
let wrote = 0;

/** @param {string} state */
function say(state) {
  const place = one("#live");
  if (!place || place.dataset.state === state) return;
  place.dataset.state = state;
  place.textContent = text(`live${state[0].toUpperCase()}${state.slice(1)}`);
}

/** @param {Hint} hint */
function take(hint) {
  since = hint.e ?? since;
  const known = Math.max(knownRev(hint.t) ?? 0, seen.get(hint.t) ?? 0);
  const isOpen = String(hint.t) === one("#ticket")?.dataset.id;
  if (hint.r <= known && !isOpen && hint.k !== "moved") return;
  const earlier = waiting.get(hint.t);
  waiting.set(hint.t, { ...hint, k: earlier?.k ? `${earlier.k} ${hint.k ?? ""}` : hint.k });
  const wait = Math.max(0, drained + BATCH_MS - Date.now()); // the first at once, the next together
  batch ||= window.setTimeout(drain, wait + Math.random() * JITTER_MS);
}

async function drain() {
  batch = 0;
  drained = Date.now();
  const hints = new Map([...waiting].slice(0, MOST_ROWS));
  for (const [id, hint] of hints) {
    waiting.delete(id);
    seen.set(id, hint.r);
  }
  if (waiting.size) batch = window.setTimeout(drain, BATCH_MS);
  const fresh = (one("#list")?.dataset.fresh ?? "").split(" ");
  const isNews = (/** @type {number} */ id) => (hints.get(id)?.k ?? "").split(" ").some((kind) => fresh.includes(kind));
  askCounts();
  const mine = hints.get(Number(one("#ticket")?.dataset.id));
  const work = [renew([...hints.keys()], isNews).catch(() => later(hints))];
  if (mine) work.push(timeline.refresh(), refreshHead());
  await Promise.allSettled(work);
}

/** What could not be fetched is asked for again. @param {Map<number, Hint>} hints */
function later(hints) {
  for (const [id, hint] of hints) if (!waiting.has(id)) waiting.set(id, hint);
  batch ||= window.setTimeout(drain, AGAIN_MS);
}

function askCounts() {
  counts ||= window.setTimeout(() => {
    counts = 0;
    if (one("#nav-views")) htmx.trigger("#nav-views", "counts");
  }, COUNTS_MS * (0.2 + Math.random()));
}

/** Asks what has happened since the last event we know. */
async function delta() {
  try {
    const query = new URLSearchParams(one("#list")?.dataset.query ?? "");
    query.set("sedan", since);
    const answer = await request(`${document.body.dataset.sinceUrl}?${query}`, { quiet: true });
    if (!answer.ok) return;
    const news = await answer.json();
    since = news.last ?? since;
    for (const ticket of news.tickets) take({ t: ticket.id, r: ticket.rev });
  } catch {
    if (!navigator.onLine) say("offline");
  }
}

/** Starts the live connection of a staff page. */
export function start() {
  since = document.body.dataset.event ?? "";
  const socket = io({ path: "/live", transports: ["websocket"], auth: (give) => give({ since }), reconnectionDelayMax: 15_000 });
  const watch = () => socket.connected && socket.emit("watch", { number: openNumber() });
  let wasOn = false;
  socket.on("connect", () => {
    say("on");
    watch();
    if (wasOn) delta();
    wasOn = true;
  });
  socket.on("disconnect", (reason) => {
    say(navigator.onLine ? "lost" : "offline");
    if (reason === "io server disconnect") setTimeout(() => socket.connect(), 3000);
  });
  socket.on("connect_error", () => {
    say(navigator.onLine ? "lost" : "offline");
    if (!socket.active) setTimeout(() => socket.connect(), DELTA_MS);
  });
  socket.on("hint", (message) => message.events.forEach(take));
  socket.on("presence", showPresence);
  document.addEventListener("cc:opened", () => {
    seen.delete(Number(one("#ticket")?.dataset.id));
    watch();
  });
  document.addEventListener("cc:counts", askCounts);
  document.addEventListener("cc:writing", () => {
    if (Date.now() - wrote < 5000 || !socket.connected) return;
    wrote = Date.now();
    socket.emit("typing", { number: openNumber(), what: "write" });
  });
  const stopped = () => {
    if (wrote && socket.connected) socket.emit("typing", { number: openNumber(), what: "read" });
    wrote = 0;
  };
  document.addEventListener("focusout", (event) => event.target instanceof HTMLTextAreaElement && stopped());
  document.addEventListener("cc:changed", stopped);
  addEventListener("offline", () => say("offline"));
  addEventListener("online", () => (socket.connected ? (say("on"), delta()) : socket.connect()));
  setInterval(() => (document.visibilityState === "visible" || !socket.connected) && delta(), DELTA_MS + Math.random() * 3000);
  setInterval(() => document.visibilityState === "visible" && renew(shownIds().slice(0, MOST_ROWS)).catch(() => {}), TIMES_MS);
}
