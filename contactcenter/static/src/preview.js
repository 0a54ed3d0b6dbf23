// @ts-check
// Pictures and PDFs of a ticket are looked at in a dialog over it, where the browser can show them.
import { focus, isNarrow, keepFocus, on, one } from "./dom.js";

/** Whether the browser shows such a file by itself, and inside a page: a telephone gives a PDF to another program.
 * @param {string | undefined} kind */
const canShow = (kind) => kind === "image" || (kind === "pdf" && navigator.pdfViewerEnabled !== false && !isNarrow());

/** @param {HTMLAnchorElement} link */
function show(link) {
  const dialog = /** @type {HTMLDialogElement} */ (one("#preview"));
  const broken = /** @type {HTMLElement} */ (one("[data-broken]", dialog));
  const name = link.dataset.name ?? "";
  const isImage = link.dataset.view === "image";
  const shown = document.createElement(isImage ? "img" : "iframe");
  broken.hidden = true;
  if (shown instanceof HTMLImageElement) {
    shown.alt = name;
    shown.onerror = () => (broken.hidden = false);
  } else shown.title = name;
  shown.src = link.href;
  /** @type {HTMLElement} */ (one("h2", dialog)).textContent = name;
  /** @type {HTMLAnchorElement} */ (one("[data-tab]", dialog)).href = link.href;
  /** @type {HTMLAnchorElement} */ (one("[data-download]", dialog)).href = link.dataset.download ?? "";
  one("[data-view-in]", dialog)?.replaceChildren(shown);
  dialog.dataset.of = link.id;
  dialog.classList.toggle("pdf", !isImage);
  dialog.onclose = () => {
    one("[data-view-in]", dialog)?.replaceChildren();
    // The line may have been replaced meanwhile: the same link has the same id.
    focus(link.isConnected ? link : one(`#${CSS.escape(dialog.dataset.of ?? "")}`));
    keepFocus();
  };
  dialog.showModal();
}

on("click", "a[data-view]", (/** @type {MouseEvent} */ event, link) => {
  const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (elsewhere || !one("#preview") || !canShow(link.dataset.view)) return;
  event.preventDefault();
  show(link);
});
// A click beside what is shown, on the backdrop, closes; one inside goes to its children.
on("click", "#preview", (event, dialog) => event.target === dialog && dialog.close());
