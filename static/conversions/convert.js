import { once } from "../realtime/once.js";
import { RobustWebSocket } from "../realtime/robust-websocket.js";
import { refreshHeader } from "./account.js";
import { Actions } from "./actions.js";
import { Additions } from "./additions.js";
import { Announcer } from "./announcer.js";
import { Api, isOfSession } from "./api.js";
import { Bell } from "./bell.js";
import { Clock } from "./clock.js";
import { ConnectionLight } from "./connection.js";
import { watchDownloads } from "./download.js";
import { watchFiles } from "./drop.js";
import { Feed } from "./feed.js";
import { Formats } from "./formats.js";
import { Frames } from "./frames.js";
import { List } from "./list.js";
import { Notice } from "./notice.js";
import { Panels } from "./panels.js";
import { Routes, spelled } from "./routes.js";
import { isActive, rows } from "./rows.js";
import { Series } from "./series.js";
import { isSending } from "./state.js";
import { Store } from "./store.js";
import { Batch, spoken } from "./summary.js";
import { TabProgress } from "./tab-progress.js";
import { tellTabs } from "./tabs.js";
import { TargetPicker } from "./target-picker.js";
import { Thumbnails } from "./thumbnails.js";
import { Toast } from "./toast.js";
import { Tools } from "./tools.js";
import { transfer } from "./transfer.js";
import { Undo } from "./undo.js";
import { choices } from "./upload-view.js";
import { Uploads } from "./uploads.js";
import { SILENT_MS } from "./view.js";
import { isSilent, Watch } from "./watch.js";

/** @typedef {import("./types.js").Config} Config */

const TICK_MS = 1000;

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);
/** @param {string} id */
const data = (id) => JSON.parse(byId(id).textContent);

/** @type {Config} */
const config = data("config");
const clock = new Clock(config.serverTime);
const now = () => clock.now();

const store = new Store();
const formats = new Formats(config.formats, config.kinds, config.joins);
const api = new Api(config.api, config.csrfCookie, refreshHeader);
const routes = new Routes((id) => api.format(id), config.joins);
const socket = new RobustWebSocket(config.events, { fallbackUrl: `${config.api}/events` });
const feed = new Feed(socket, store, api, now);
const watch = new Watch(store, api, now);
const uploads = new Uploads(
  store,
  (files, upload, progress) => {
    const sending = transfer(`${config.api}/conversions`, config.csrfCookie, files, upload, progress);
    return { ...sending, done: sending.done.then(taken, renew) };
  },
  now,
  () => api.isReachable(),
);

const frames = new Frames(render);
const toast = new Toast(byId("toast"));
const announcer = new Announcer(byId("spoken"));
const notice = new Notice(byId("notice"), announcer);
const light = new ConnectionLight(byId("light"), socket, feed);
const bell = new Bell(byId("bell"), once);
const tab = new TabProgress(/** @type {any} */ (document.querySelector("link[rel=icon]")));
const batch = new Batch();
const thumbnails = new Thumbnails(() => frames.ask());
const additions = new Additions(store, uploads, thumbnails, toast, () => ({
  formats,
  routes,
  maxUploadBytes: config.maxUploadBytes,
  now: now(),
}));
const actions = new Actions(store, api, uploads, { toast, undo: new Undo(toast, now) }, now);
const series = new Series();
const list = new List(
  byId("rows"),
  byId("row"),
  { formats, routes },
  thumbnails,
  (key) => uploads.files(key) !== undefined,
);
const tools = new Tools(byId("tools"), formats, config, {
  convert: start,
  combine,
  choose: (ready, to) => ready.forEach(({ key }) => additions.choose(key, to)),
  clear: (ended) => void actions.remove(ended),
});
const panels = new Panels(
  routes,
  (key) => list.item(key),
  (key, options, wrong) => additions.set(key, options, wrong),
);
const picker = new TargetPicker(byId("picker"), formats, {
  ask,
  choose: (field, to) => (field.id === "all-to" ? tools.choose(to) : additions.choose(keyOf(field), to)),
  way: ({ sources: [source, ...others] }, to) =>
    others.length > 0 ? "" : spelled(routes.find(source, to)?.steps),
  say: (text) => announcer.say(text),
});

/** Maintenance is over, where the page says that there is some. @param {import("./types.js").Conversion} conversion */
function taken(conversion) {
  byId("closed")?.remove();
  return conversion;
}

/** @param {unknown} error @returns {Promise<never>} */
async function renew(error) {
  if (isOfSession(error)) await refreshHeader();
  throw error;
}

/** @param {Element} element in a row */
function keyOf(element) {
  return element.closest("li")?.dataset.key ?? "";
}

/** @param {HTMLInputElement} field @returns {import("./picker.js").Question} */
function ask(field) {
  const { last } = additions;
  if (field.id === "all-to") return tools.question(last);
  const upload = store.state.uploads.get(keyOf(field));
  if (!upload) return { sources: [], targets: [], to: "", last };
  return { sources: [upload.format], targets: choices(upload, formats), to: upload.to, last };
}

/** Send what is right, and go to what is not. @param {import("./rows.js").Row[]} ready */
function start(ready) {
  const isWrong = (/** @type {import("./rows.js").Row} */ { upload }) =>
    Object.keys(upload?.wrong ?? {}).length > 0;
  uploads.start(ready.filter((row) => !isWrong(row)).map(({ key }) => key));
  const wrong = ready.find(isWrong)?.upload;
  if (wrong) panels.correct(wrong);
}

function render() {
  const shown = list.render(store.state, now(), feed.silence >= SILENT_MS);
  tools.render(shown);
  panels.render(shown);
  picker.look();
  for (const { upload, held } of shown) {
    if (upload && !held && routes.of(upload.format) === undefined) void routes.load(upload.format);
  }
  tab.render(batch.progress(shown));
  bell.render(shown.some(isActive));
  document.documentElement.toggleAttribute("data-empty", shown.length === 0);
  if (list.isBehind) frames.ask();
}

function tick() {
  light.render();
  void watch.look();
  if (isSilent(store.state, now())) void socket.performHealthCheck();
  frames.ask();
}

/** @param {import("./rows.js").Row} row @param {string} action */
function act(row, action) {
  const { upload, held } = row;
  if (action === "other" || action === "apart") return again(row);
  if (action === "options") return upload && panels.toggle(upload);
  if (!held && (action === "convert" || action === "retry")) return start([row]);
  return void actions.run(row, action);
}

/**
 * Another row for the same file, which asks at once what it shall become; or for each of several, which take the place of
 * one that was not sent.
 * @param {import("./rows.js").Row} row
 */
function again({ key, upload, held }) {
  const added = additions.again(key);
  if (!held) uploads.drop(key);
  render();
  const field = list.item(added ?? "")?.querySelector("input");
  if (upload?.parts.length) field?.focus();
  else if (field) picker.open(field);
}

/** @param {import("./types.js").Upload[]} several @param {string} to */
function combine(several, to) {
  const key = additions.combine(several, to);
  render();
  /** @type {HTMLElement | null | undefined} */ (
    list.item(key)?.querySelector("[data-part=button]")
  )?.focus();
}

function hope() {
  uploads.hope();
  routes.hope();
}

store.addEventListener("change", (event) => {
  const { before, after } = /** @type {CustomEvent} */ (event).detail;
  announcer.say(spoken(before, after));
  bell.changed(before, after, now());
  frames.ask();
});
// On the whole page, since a double click may begin above the list.
addEventListener("click", (event) => {
  const { target, detail } = event;
  const item = /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest("#rows > li"));
  const isMeant = series.isMeant(detail, item?.dataset.key);
  if (item && !isMeant) event.preventDefault(); // nor is a download begun
  if (!item || !isMeant || (detail > 1 && item.hasAttribute("data-fresh"))) return;
  const button = /** @type {Element} */ (target).closest("button[data-action]:not([aria-disabled=true])");
  const row = rows(store.state, now()).find(({ key }) => key === item.dataset.key);
  if (row && button instanceof HTMLElement) act(row, button.dataset.action ?? "");
});
watchDownloads(byId("rows"), toast);
routes.addEventListener("change", () => {
  picker.refresh();
  frames.ask();
});
socket.addEventListener("established", (event) => {
  const { server_time: time, client_version: version } = /** @type {CustomEvent} */ (event).detail;
  clock.set(time);
  if (config.clientVersion && version && version !== config.clientVersion) {
    notice.show("This page is older than the site.", { label: "Reload", run: () => location.reload() });
  }
});
socket.addEventListener("recovery_success", () => {
  watch.back();
  announcer.say("Connected again.");
});
socket.addEventListener("state", (event) => {
  if (/** @type {CustomEvent} */ (event).detail.state === "given_up") announcer.say(light.sentence);
});
feed.addEventListener("moved", () => {
  notice.hide();
  void refreshHeader();
});
feed.addEventListener("strangers", () => {
  // Files that were chosen would be lost with the page.
  const signIn = () => (store.state.uploads.size > 0 ? open(location.href) : location.reload());
  notice.show("You are signed out.", { label: "Sign in", run: signIn });
  void refreshHeader();
});
socket.addEventListener("established", hope);
addEventListener("online", hope);
addEventListener("beforeunload", (event) => {
  if (isSending(store.state)) event.preventDefault();
});

watchFiles(
  [
    { input: byId("files"), button: byId("choose") },
    { input: byId("folder"), button: byId("choose-folder") },
  ],
  (brought) => additions.take(brought),
);
store.dispatch({ type: "snapshot", conversions: data("conversions"), at: now() });
render();
feed.follow(config.topic);
tellTabs(config.topic, (topic) => feed.heard(topic));
socket.connect();
setInterval(tick, TICK_MS);
document.documentElement.dataset.ready = "";
