// @ts-check
// Every request of ours and of htmx goes through here: token, ended sessions, toasts, the slow-request bar.
import { one } from "./dom.js";
import { signIn, token } from "./relogin.js";
import { toast } from "./toast.js";

let running = 0;
let skew = 0;
/** What our own writes have made of a ticket's revision: "/arenden/4812 3" is now "4". @type {Map<string, string>} */
const own = new Map();
/** @type {Promise<unknown>} */
let turn = Promise.resolve();

/** Now on the server's clock, in milliseconds; ours may be minutes off. */
export const serverNow = () => Date.now() + skew;

/** @param {RequestInit} options */
function renewed(options) {
  if (options.body instanceof URLSearchParams || options.body instanceof FormData) {
    if (options.body.has("csrf")) options.body.set("csrf", token());
  }
  return options;
}

/** @param {number} step */
function progress(step) {
  running += step;
  if (step > 0) setTimeout(() => running > 0 && one("#progress")?.removeAttribute("hidden"), 300);
  else if (running === 0) one("#progress")?.setAttribute("hidden", "");
}

/**
 * `fetch` with what the server expects. After an ended session it asks to sign in and repeats the request; a `quiet`
 * request (nobody waits for it) shows no progress. Rejects when the network fails or the reader does not sign in.
 * Writes to a ticket go one after the other: what our own last one changed is no reason to hold the next one back.
 * @param {string} url @param {RequestInit & {quiet?: boolean}} [options] @returns {Promise<Response>}
 */
export function request(url, options = {}) {
  const { body } = options;
  if (!(body instanceof URLSearchParams) || !body.has("rev")) return ask(url, options);
  const ticket = url.match(/\/arenden\/\d+/)?.[0];
  const write = turn.then(async () => {
    for (let next; (next = own.get(`${ticket} ${body.get("rev")}`)); ) body.set("rev", next);
    const answer = await ask(url, options);
    const rev = answer.headers.get("X-Rev");
    if (rev && rev !== body.get("rev")) own.set(`${ticket} ${body.get("rev")}`, rev);
    return answer;
  });
  turn = write.catch(() => {});
  return write;
}

/** @param {string} url @param {RequestInit & {quiet?: boolean}} options @returns {Promise<Response>} */
async function ask(url, options) {
  const headers = new Headers(options.headers);
  headers.set("HX-Request", "true");
  headers.set("X-CSRF", token());
  if (!options.quiet) progress(1);
  let answer;
  try {
    answer = await fetch(url, { credentials: "same-origin", ...options, headers });
  } finally {
    if (!options.quiet) progress(-1);
  }
  const date = Date.parse(answer.headers.get("Date") ?? "");
  if (date && Math.abs(date - Date.now()) > 2500) skew = date - Date.now();
  if (answer.status === 401 && answer.headers.has("X-Login")) {
    await signIn();
    return ask(url, renewed(options));
  }
  const said = answer.headers.get("X-Toast");
  if (said) toast(JSON.parse(decodeURIComponent(said)));
  return answer;
}

/** The text of a good answer, or an error. @param {string} url @param {RequestInit & {quiet?: boolean}} [options] */
export async function html(url, options) {
  const answer = await request(url, options);
  const elsewhere = answer.headers.get("HX-Redirect");
  if (elsewhere) location.assign(elsewhere);
  if (!answer.ok) throw new Error(`${answer.status} ${url}`);
  return answer.text();
}
