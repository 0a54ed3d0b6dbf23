// @ts-check
// Drafts: saved on the server 800 ms after the last key, one write at a time, newest wins. What is not saved yet is
// kept in this tab. Nothing from the server is ever put over what has been typed.
import { all } from "./dom.js";
import { request } from "./http.js";
import * as recipients from "./recipients.js";
import { text } from "./texts.js";

const QUIET_MS = 800;
const RETRY_MS = 8000;
const AHEAD_S = 3600; // another browser's clock may be ahead; what is typed here now is what counts

/** @typedef {{timer: number, running: Promise<void> | null, again: boolean, isDirty: boolean, seq: number, refused: number}} State */
/** @type {WeakMap<HTMLFormElement, State>} */
const states = new WeakMap();

/** @param {HTMLFormElement} form @returns {State} */
function stateOf(form) {
  let state = states.get(form);
  if (!state) states.set(form, (state = { timer: 0, running: null, again: false, isDirty: false, seq: 0, refused: 0 }));
  return state;
}

/** @param {HTMLFormElement} form @returns {HTMLTextAreaElement} */
export const box = (form) => /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));

/** @param {HTMLFormElement} form */
const slot = (form) => `draft:${document.body.dataset.me}:${form.dataset.draftUrl}`;

/** @param {HTMLFormElement} form */
function drop(form) {
  sessionStorage.removeItem(slot(form));
  sessionStorage.removeItem(`${slot(form)}:to`);
}

/** Says beside the buttons where the draft is. @param {HTMLFormElement} form @param {string} words */
export function say(form, words) {
  const place = form.querySelector("[data-save-state]");
  if (place && place.textContent !== words) place.textContent = words;
}

/** Notes that something was typed. @param {HTMLFormElement} form */
export function touched(form) {
  const state = stateOf(form);
  state.isDirty = true;
  sessionStorage.setItem(slot(form), box(form).value);
  const to = recipients.read(form);
  if (to) sessionStorage.setItem(`${slot(form)}:to`, JSON.stringify(to));
  clearTimeout(state.timer);
  state.timer = window.setTimeout(save, QUIET_MS, form);
}

/** @param {HTMLFormElement} form @param {State} state @param {boolean} keepalive */
async function put(form, state, keepalive) {
  const written = box(form).value;
  state.seq = Math.max(Math.floor(Date.now() / 1000), state.seq + 1);
  const seen = /** @type {HTMLInputElement} */ (form.elements.namedItem("seen_seq")).value;
  const to = recipients.read(form);
  const body = JSON.stringify({ text: written, seq: state.seq, seen_seq: Number(seen), ...to });
  const headers = { "Content-Type": "application/json" };
  const answer = await request(form.dataset.draftUrl ?? "", { method: "PUT", headers, body, quiet: true, keepalive: keepalive && body.length < 60_000 });
  if (answer.status === 409) {
    state.seq += AHEAD_S;
    if (++state.refused > 3) throw new Error("the draft of another browser is newer");
    state.again = true;
    return;
  }
  if (!answer.ok) throw new Error(String(answer.status));
  const { saved } = await answer.json();
  if (box(form).value !== written || JSON.stringify(recipients.read(form)) !== JSON.stringify(to)) return;
  state.isDirty = false;
  state.refused = 0;
  drop(form);
  say(form, written || to?.cc || to?.bcc ? text("saved", { text: saved }) : "");
}

/** Saves what has not been saved; writes never overtake each other. @param {HTMLFormElement} form @param {boolean} [keepalive] */
export function save(form, keepalive = false) {
  const state = stateOf(form);
  clearTimeout(state.timer);
  if (!state.isDirty) return state.running ?? Promise.resolve();
  if (state.running) {
    state.again = true;
    return state.running;
  }
  state.running = (async () => {
    try {
      do {
        state.again = false;
        await put(form, state, keepalive);
      } while (state.again);
    } catch {
      say(form, text(navigator.onLine ? "unsaved" : "offline"));
      if (form.isConnected) state.timer = window.setTimeout(save, RETRY_MS, form);
    } finally {
      state.running = null;
    }
  })();
  return state.running;
}

/** The draft has become a message: forget it. @param {HTMLFormElement} form */
export function spent(form) {
  const state = stateOf(form);
  clearTimeout(state.timer);
  state.isDirty = false;
  drop(form);
  box(form).value = "";
  if (form.dataset.kind === "reply") recipients.reset();
  say(form, "");
}

/** Puts back what this tab kept and the server never got. @param {HTMLFormElement} form */
export function restore(form) {
  const kept = sessionStorage.getItem(slot(form));
  if (kept === null) return;
  const to = sessionStorage.getItem(`${slot(form)}:to`);
  const isSame = !to || to === JSON.stringify(recipients.read(form));
  if (kept === box(form).value && isSame) return drop(form);
  box(form).value = kept;
  if (to && !isSame) recipients.write(JSON.parse(to));
  touched(form);
}

/** Forgets every offline copy; other people use this computer too. @param {boolean} [ofOthersOnly] */
export function forget(ofOthersOnly = false) {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith("draft:") && !(ofOthersOnly && key.startsWith(`draft:${document.body.dataset.me}:`))) sessionStorage.removeItem(key);
  }
}

/** Saves all drafts on the page. @param {boolean} [keepalive] */
export const saveAll = (keepalive = false) =>
  Promise.all(all("form[data-draft-url]").map((form) => save(/** @type {HTMLFormElement} */ (form), keepalive)));
