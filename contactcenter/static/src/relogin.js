// @ts-check
// An ended session is renewed in a dialog over the page, so that nothing typed is lost.
import { all, one, parse } from "./dom.js";

const PATIENCE = 15_000; // milliseconds
/** @type {Promise<void> | null} */
let waiting = null;

/** The token every write carries. */
export const token = () => /** @type {HTMLMetaElement | null} */ (document.querySelector("meta[name=csrf]"))?.content ?? "";

/** @param {string} value */
function renew(value) {
  const meta = /** @type {HTMLMetaElement | null} */ (document.querySelector("meta[name=csrf]"));
  if (meta) meta.content = value;
  for (const field of all("input[name=csrf]")) /** @type {HTMLInputElement} */ (field).value = value;
}

/** Asks for the password until it is right. Rejects when the reader closes the dialog instead. */
export function signIn() {
  waiting ??= ask().finally(() => (waiting = null));
  return waiting;
}

async function ask() {
  const dialog = /** @type {HTMLDialogElement} */ (one("#relogin"));
  const form = /** @type {HTMLFormElement} */ (one("form", dialog));
  const password = /** @type {HTMLInputElement} */ (one("[name=password]", form));
  const show = (/** @type {string} */ which) => all("[data-error],[data-offline]", form).forEach((p) => (p.hidden = !p.matches(`[data-${which}]`)));
  password.value = "";
  show("nothing");
  dialog.showModal();
  /** @type {Promise<void>} */
  const done = new Promise((resolve, reject) => {
    dialog.onclose = () => (dialog.returnValue === "in" ? resolve() : reject(new Error("not signed in")));
    form.onsubmit = async (event) => {
      event.preventDefault();
      // A second sign-in would end up in the cookie after the first one's token is in the page.
      if (form.ariaBusy === "true") return;
      form.ariaBusy = "true";
      try {
        const page = await fetch(form.action, { credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE) });
        const fresh = parse(await page.text()).querySelector("meta[name=csrf]")?.getAttribute("content") ?? token();
        const body = new FormData(form);
        body.set("csrf", fresh);
        const headers = { "X-Relogin": "1", "X-CSRF": fresh };
        const answer = await fetch(form.action, { method: "POST", body, headers, credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE) });
        if (answer.status !== 204) {
          const told = parse(await answer.text()).querySelector(".problem b")?.textContent;
          const place = one("[data-error]", form);
          if (told && place) place.textContent = told;
          return show("error"), password.select();
        }
        renew(answer.headers.get("X-CSRF") ?? fresh);
        dialog.close("in");
      } catch {
        show("offline");
      } finally {
        form.ariaBusy = null;
      }
    };
  });
  dialog.returnValue = "";
  return done;
}
