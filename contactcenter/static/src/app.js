// @ts-check
// The browser side of the staff pages. Everything here makes better what already works without it.
import "htmx.org";
import * as composer from "./composer.js";
import { one } from "./dom.js";
import "./keys.js";
import { start } from "./live.js";
import "./preferences.js";
import "./preview.js";
import "./ticket.js";
import * as timeline from "./timeline.js";

if (document.body.dataset.me) {
  composer.enter();
  timeline.enter();
  if (one("#list")) start();
}
