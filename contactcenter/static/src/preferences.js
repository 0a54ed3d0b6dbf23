// @ts-check
// Colours, density and keys change at once; the language needs a new page.
import { on } from "./dom.js";
import { request } from "./http.js";
import { failed } from "./toast.js";

on("change", "#preferences", async (event, form) => {
  const { name, value, checked } = event.target;
  if (name === "locale") return form.requestSubmit();
  if (name === "shortcuts") document.body.dataset.shortcuts = checked ? "on" : "off";
  else if (value) document.documentElement.dataset[name] = value;
  else delete document.documentElement.dataset[name];
  try {
    await request(form.action, { method: "POST", redirect: "manual", body: new URLSearchParams(/** @type {any} */ (new FormData(form))) });
  } catch {
    failed();
  }
});
