/** Start: the shell first, then the run, then the charts. */

import { render } from "preact";
import { handleOf } from "./app/handle";
import { listenToKeys } from "./app/keyboard";
import { Layout } from "./app/Layout";
import { openPage } from "./app/page";
import { showTipsOnFocus } from "./app/tips";
import "./app/theme.css";
import "./app/layout.css";
import "./app/parts.css";
import "./app/clock.css";
import "./controls/controls.css";
import "./controls/grid.css";

const root = document.getElementById("app");
if (root === null) throw new Error("index.html has no element with id app.");

const page = await openPage();
root.replaceChildren();
render(<Layout page={page} />, root);
listenToKeys(page);
showTipsOnFocus();
window.pcviz = handleOf(page.live);

// For tests and screenshots: the charts have arrived and the run has begun to stream.
const stopWaiting = page.live.version.subscribe(() => {
  if (page.live.frames === 0 || page.kinds.value === null) return;
  document.documentElement.dataset.ready = "true";
  queueMicrotask(() => stopWaiting());
});
