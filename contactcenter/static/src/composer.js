// @ts-check
// The writing box: two faces with a draft each, sending once, undo, files. It is never swapped while a ticket is open.
import { all, closeMenus, focus, on, one } from "./dom.js";
import { box, forget, restore, save, saveAll, say, spent, touched } from "./drafts.js";
import { html, request } from "./http.js";
import { neighbour } from "./list.js";
import { announce } from "./announce.js";
import * as recipients from "./recipients.js";
import { text } from "./texts.js";
import { lastSeq, merge } from "./timeline.js";
import { offerOutcome } from "./toast.js";

/** @param {HTMLFormElement} form @param {string} name @returns {HTMLInputElement} */
const field = (form, name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
/** @param {string} kind */
const faceOf = (kind) => /** @type {HTMLFormElement | null} */ (one(`#${kind}-form`));
const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
const changed = () => document.dispatchEvent(new CustomEvent("cc:changed"));

/** Puts a problem above the text, or clears it. @param {string} source */
function hold(source) {
  const place = one("#composer-problem");
  if (!place) return;
  place.innerHTML = source;
  const seen = one("[data-seen-seq]", place)?.dataset.seenSeq;
  const reply = faceOf("reply");
  if (seen && Number(seen) && reply) field(reply, "seen_seq").value = seen;
  const isAboutThem = recipients.mark(one("[data-field]", place)?.dataset.field ?? "");
  if (source && !isAboutThem) recipients.fold();
  if (source) focus(place);
}

/** @param {string} words */
function holdText(words) {
  hold("");
  const place = one("#composer-problem");
  const line = document.createElement("p");
  line.className = "problem";
  line.role = "alert";
  line.textContent = words;
  place?.append(line);
}

/** Shows a face of the box and goes there. @param {"reply" | "note"} kind */
export function show(kind) {
  const choice = /** @type {HTMLInputElement | null} */ (one(`#face-${kind}`));
  if (!choice) return;
  choice.checked = true;
  const form = faceOf(kind);
  if (form) focus(box(form));
}

/** A ticket has been opened: offline copies come back. */
export const enter = () => all("form[data-draft-url]").forEach((form) => restore(/** @type {HTMLFormElement} */ (form)));

/** @param {HTMLFormElement} form @param {HTMLElement | null} submitter */
async function send(form, submitter) {
  if (form.dataset.busy) return;
  const area = box(form);
  if (!area.value.trim() && !one(".draft-files li", form)) {
    say(form, text("empty"));
    announce(text("empty"));
    return focus(area);
  }
  form.dataset.busy = "1";
  area.readOnly = true;
  all("button", form).forEach((b) => b.setAttribute("aria-disabled", "true"));
  closeMenus(form);
  try {
    await save(form);
    field(form, "rev").value = one("#ticket-head")?.dataset.rev ?? field(form, "rev").value;
    const body = new URLSearchParams(/** @type {any} */ (new FormData(form, submitter?.isConnected ? submitter : null)));
    const url = submitter?.getAttribute("formaction") ?? form.action;
    const answer = await request(url, { method: "POST", body });
    const source = await answer.text();
    if (!answer.ok) return answer.status < 500 ? hold(source) : holdText(text("failed"));
    sent(form, source, body, !!submitter?.matches("[data-as-note]"));
  } catch {
    holdText(text(navigator.onLine ? "failed" : "offline"));
  } finally {
    delete form.dataset.busy;
    area.readOnly = false;
    all("button", form).forEach((b) => b.removeAttribute("aria-disabled"));
  }
}

/** @param {HTMLFormElement} form @param {string} source @param {URLSearchParams} body @param {boolean} asNote */
function sent(form, source, body, asNote) {
  hold("");
  spent(form);
  one(".draft-files", form)?.replaceChildren();
  field(form, "key").value = newKey();
  const added = merge(source);
  added.at(-1)?.scrollIntoView({ block: "nearest" });
  field(form, "seen_seq").value = String(lastSeq());
  if (form.dataset.kind === "note" || asNote) announce(text("noteSaved"));
  changed();
  if (body.has("close") || body.get("agreed")?.split(" ").includes("close")) {
    offerOutcome();
    focus(neighbour(one("#ticket")?.dataset.number ?? "") ?? one("#conversation"));
  } else focus(box(form));
}

/** @param {HTMLFormElement} form */
async function undo(form) {
  try {
    const begun = faceOf("reply");
    if (begun) await save(begun); // what is begun is there when the server puts the two together
    const answer = await request(form.action, { method: "POST", body: new URLSearchParams(/** @type {any} */ (new FormData(form))) });
    if (!answer.ok) return hold(await answer.text());
    const draft = await answer.json();
    form.closest(".msg")?.remove();
    const reply = faceOf("reply");
    if (!reply) return location.reload();
    const typed = box(reply).value.trim();
    box(reply).value = draft.text.includes(typed) ? draft.text : `${draft.text}\n\n${typed}`;
    recipients.write({ to: draft.to, cc: draft.cc, bcc: draft.bcc });
    touched(reply);
    show("reply");
    putFiles("reply", draft.files ?? "");
    announce(text("restored"));
    changed();
  } catch {
    holdText(text("failed"));
  }
}

/** @param {string} kind @param {string} source */
function putFiles(kind, source) {
  const place = one(`#${kind}-files-list`);
  if (place) place.innerHTML = source;
}

/** Renews the list of attached files, after sending some or removing one. @param {string} kind @param {RequestInit} options @param {string} [more] */
async function files(kind, options, more = "") {
  const form = /** @type {HTMLFormElement | null} */ (one(`#${kind}-files`));
  if (!form) return;
  try {
    const answer = await request(form.action + more, options);
    const source = await answer.text();
    if (answer.ok || source.includes("data-files")) putFiles(kind, source);
    else if (answer.status < 500) hold(source);
    else holdText(text("failed"));
  } catch {
    holdText(text("failed"));
  }
}

/** @param {string} kind @param {Iterable<File>} chosen */
function attach(kind, chosen) {
  const body = new FormData();
  for (const file of chosen) body.append("file", file);
  return body.has("file") ? files(kind, { method: "POST", body }) : undefined;
}

const openKind = () => (one("#face-note:checked") ? "note" : "reply");

on("input", "form[data-draft-url] textarea", (_, area) => {
  const form = area.form;
  if (!area.value && !form.dataset.busy) field(form, "seen_seq").value = String(lastSeq());
  touched(form);
  say(form, text("saving"));
  document.dispatchEvent(new CustomEvent("cc:writing"));
});
on("input", "#recipients input", (_, input) => {
  recipients.show();
  touched(input.form);
  say(input.form, text("saving"));
});
on("focusin", "form[data-draft-url] textarea", (_, area) => {
  if (!area.value) field(area.form, "seen_seq").value = String(lastSeq());
});
on("focusout", "form[data-draft-url] textarea", (_, area) => void save(area.form));
on("submit", "form[data-draft-url]", (event, form) => {
  event.preventDefault();
  send(form, event.submitter);
});
on("submit", "[data-undo-send]", (event, form) => {
  event.preventDefault();
  undo(form);
});
on("submit", "[data-again]", async (event, form) => {
  event.preventDefault();
  try {
    merge(await html(form.action, { method: "POST", body: new URLSearchParams(/** @type {any} */ (new FormData(form))) }));
  } catch {
    holdText(text("failed"));
  }
  changed();
});
on("change", ".attach input", async (_, input) => {
  await attach(input.form.dataset.kind, input.files);
  input.value = "";
});
on("click", "[data-remove]", async (event, button) => {
  event.preventDefault();
  const kind = button.form.dataset.kind;
  await files(kind, { method: "DELETE" }, `/${button.value}`);
  focus(one(`#${kind}-file`));
});
on("paste", "form[data-draft-url] textarea", (event, area) => {
  if (event.clipboardData?.files.length) {
    event.preventDefault();
    attach(area.form.dataset.kind, event.clipboardData.files);
  }
});
for (const type of ["dragover", "dragleave", "drop"]) {
  on(type, "#composer", (event, composer) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    composer.classList.toggle("drop", type === "dragover");
    if (type === "drop") attach(openKind(), event.dataTransfer.files);
  });
}
on("submit", "#logout", () => forget());
document.addEventListener("cc:lines", () => recipients.renew().catch(() => {}));
document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && saveAll(true));
addEventListener("pagehide", () => saveAll(true));
forget(true);

/** Sends (or saves) from the keyboard. @param {boolean} andClose */
export function submit(andClose) {
  const form = faceOf(openKind());
  const close = form && one("button[name=close]", form);
  if (!form) return;
  if (andClose && close) form.requestSubmit(close);
  else form.requestSubmit(one("button[type=submit]:not([name])", form));
}
