import { RobustWebSocket } from "../realtime/robust-websocket.js";
import { Actions } from "./actions.js";
import { Announcer } from "./announcer.js";
import { Api } from "./api.js";
import { ConnectionLight } from "./connection.js";
import { watchFiles } from "./drop.js";
import { feed } from "./feed.js";
import { Formats } from "./formats.js";
import { takeIn } from "./intake.js";
import { List } from "./list.js";
import { isSending, rows } from "./state.js";
import { Store } from "./store.js";
import { spoken } from "./summary.js";
import { Thumbnails } from "./thumbnails.js";
import { Toast } from "./toast.js";
import { Tools } from "./tools.js";
import { transfer } from "./transfer.js";
import { Uploads } from "./uploads.js";
import { isSilent, Watch } from "./watch.js";

/** @typedef {import("./types.js").Config} Config */

const LAST_TARGET = "convertsite.target";
const TICK_MS = 1000;

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);
/** @param {string} id */
const data = (id) => JSON.parse(byId(id).textContent);

/** @type {Config} */
const config = data("config");
let skew = config.serverTime - Date.now();
const now = () => Date.now() + skew;

const store = new Store();
const formats = new Formats(config.formats);
const api = new Api(config.api, config.csrfCookie);
const toast = new Toast(byId("toast"));
const announcer = new Announcer(byId("spoken"));
const uploads = new Uploads(
  store,
  (file, to, progress) => transfer(`${config.api}/conversions`, config.csrfCookie, file, to, progress),
  now,
);
const actions = new Actions(store, api, uploads, toast, now);
const watch = new Watch(store, api, now);
const thumbnails = new Thumbnails(() => schedule());
const list = new List(byId("rows"), byId("row"), formats, thumbnails);
const tools = new Tools(byId("tools"), formats, {
  // The last of a batch goes first: so the order in which the site knows them is the order on the page.
  convert: (ready) => uploads.start(ready.map(({ key }) => key).reverse()),
  choose: (ready, to) => ready.forEach(({ key }) => choose(key, to)),
  clear: (ended) => clear(ended),
});
const socket = new RobustWebSocket(config.events);
const light = new ConnectionLight(byId("light"), socket);

let scheduled = false;
/** Render once a frame, however much happens in it. A hidden page has no frames, yet its title is seen. */
function schedule() {
  if (scheduled) return;
  scheduled = true;
  if (document.hidden) setTimeout(render, TICK_MS);
  else requestAnimationFrame(render);
}

function render() {
  scheduled = false;
  const shown = list.render(store.state, now());
  tools.render(shown);
  document.documentElement.toggleAttribute("data-empty", shown.length === 0);
}

/** @param {File[]} files */
function take(files) {
  const rules = { formats, maxUploadBytes: config.maxUploadBytes, last: remembered(), now: now() };
  const added = takeIn(files, rules);
  uploads.add(added);
  for (const { upload, file } of added) if (!upload.error) thumbnails.make(upload.key, file);
}

/** @param {string} key @param {string} to */
function choose(key, to) {
  store.dispatch({ type: "upload", key, change: { to } });
  remember(to);
}

/** @param {import("./state.js").Row[]} ended */
function clear(ended) {
  for (const { key, held } of ended) if (!held) uploads.drop(key);
  const conversions = ended.flatMap(({ held }) => (held ? [held.conversion] : []));
  if (conversions.length > 0) void actions.remove(conversions);
}

/** @returns {string | null} the target that was chosen last */
function remembered() {
  try {
    return localStorage.getItem(LAST_TARGET);
  } catch {
    return null; // storage is refused in some private windows
  }
}

/** @param {string} to */
function remember(to) {
  try {
    localStorage.setItem(LAST_TARGET, to);
  } catch {
    // It is a convenience only.
  }
}

function tick() {
  light.render();
  watch.look();
  if (isSilent(store.state, now())) void socket.performHealthCheck();
  schedule();
}

store.addEventListener("change", (event) => {
  const { before, after } = /** @type {CustomEvent} */ (event).detail;
  announcer.say(spoken(before, after));
  schedule();
});
byId("rows").addEventListener("click", (/** @type {MouseEvent} */ { target }) => {
  const button = /** @type {HTMLElement} */ (target).closest("button[data-action]:not([aria-disabled=true])");
  const key = button?.closest("li")?.dataset.key;
  const row = rows(store.state).find((each) => each.key === key);
  if (row) void actions.run(row, /** @type {HTMLElement} */ (button).dataset.action ?? "");
});
byId("rows").addEventListener("change", (/** @type {Event} */ { target }) => {
  const select = /** @type {HTMLSelectElement} */ (target);
  choose(select.closest("li")?.dataset.key ?? "", select.value);
});
socket.addEventListener("established", (event) => {
  skew = /** @type {CustomEvent} */ (event).detail.server_time - Date.now() || skew;
});
socket.addEventListener("recovered", () => announcer.say("Connected again."));
socket.addEventListener("state", (event) => {
  if (/** @type {CustomEvent} */ (event).detail.state === "given_up")
    announcer.say("The connection was lost.");
});
addEventListener("beforeunload", (event) => {
  if (isSending(store.state)) event.preventDefault();
});

watchFiles({ input: byId("files"), button: byId("choose") }, take);
store.dispatch({ type: "snapshot", conversions: data("conversions"), at: now() });
render();
feed(socket, store, api, now)(config.topic);
socket.connect();
setInterval(tick, TICK_MS);
document.documentElement.dataset.ready = "";
