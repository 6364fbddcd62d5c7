import { Timer } from "./environment.js";
import { closing } from "./protocol.js";
import { Recoveries, Retries } from "./retries.js";
import { Session } from "./session.js";
import { Stream } from "./stream.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Message} Message */

const PATIENCE_MS = 3000;
const RETURN_MS = 60_000;

/** One session after another: what happens when one ends, or the world changes. */
export class Connection {
  /** @type {State} */
  state = "closed";
  /** @type {Session | Stream | null} */
  #session = null;
  /** @type {Promise<boolean> | null} */
  #check = null;
  #stopWatching = () => {};
  #url;
  #world;
  #calls;
  #retries;
  #return;
  /** May take over from a stream. @type {Session | Stream | null} */
  #candidate = null;
  #recoveries;

  /** @param {string} url @param {import("./types.js").World} world @param {import("./types.js").ConnectionCalls} calls */
  constructor(url, world, calls) {
    this.#url = url;
    this.#world = world;
    this.#calls = calls;
    this.#retries = new Retries(world);
    this.#return = new Timer(world);
    this.#recoveries = new Recoveries(world.now, calls.fire);
  }

  get session() {
    return this.state === "open" ? this.#session : null;
  }

  start() {
    if (this.#session) return;
    this.#stopWatching();
    this.#stopWatching = this.#world.watch((happening) => this.#happened(happening));
    this.#restart();
  }

  stop() {
    this.#stopWatching();
    this.#retries.reset();
    this.#recoveries.forget();
    this.#become("closed", { reason: "closed here" });
    this.#session?.end("closed here");
  }

  /** Whether the server answers; if not, another session is made. */
  probe() {
    this.#check ??= this.#probe().finally(() => (this.#check = null));
    return this.#check;
  }

  async #probe() {
    const { session } = this;
    if (!session) return false;
    const healthy = await session.probe(PATIENCE_MS);
    if (!healthy) session.end("no answer to a health check");
    return healthy;
  }

  #restart() {
    this.#retries.reset();
    if (this.#world.isOnline()) this.#open();
    else this.#comeBack("offline");
  }

  #open() {
    this.#become("connecting");
    this.#recoveries.trying();
    this.#session = this.#make(this.#retries.streaming);
  }

  /** @param {boolean} streaming */
  #make(streaming) {
    /** @type {import("./types.js").SessionCalls} */
    const calls = {
      ...this.#calls,
      established: (greeting) => this.#established(session, greeting),
      received: (message) => this.#received(session, message),
      poll: () => this.#calls.fire("poll", null),
      ended: (end) => this.#ended(session, end),
    };
    /** @type {Session | Stream} */
    const session = streaming ? new Stream(this.#world, calls) : new Session(this.#url, this.#world, calls);
    return session;
  }

  /** @param {Session | Stream} session @param {Message | null} greeting */
  #established(session, greeting) {
    const before = this.#session;
    this.#session = session;
    this.#noReturn(session);
    if (before !== session) before?.end("the WebSocket works again");
    this.#retries.connected(session.transport);
    this.#become("open");
    this.#recoveries.succeeded();
    if (session instanceof Stream) this.#tryToReturn();
    else this.#resume(session);
    this.#calls.opened();
    if (greeting) this.#calls.fire("established", greeting);
  }

  /** @param {Session} session */
  #resume(session) {
    session.follow(this.#calls.requests());
    const told = this.#recoveries.take();
    if (told.length > 0) session.send(JSON.stringify(told));
  }

  #tryToReturn() {
    const ms = RETURN_MS * (0.75 + this.#world.random() / 2);
    this.#return.set(() => (this.#candidate = this.#make(false)), ms);
  }

  /** @param {Session | Stream} [but] the one that won */
  #noReturn(but) {
    this.#return.stop();
    const candidate = this.#candidate;
    this.#candidate = null;
    if (candidate !== but) candidate?.end("not needed");
  }

  /** @param {Session | Stream} session @param {Message} message */
  #received(session, message) {
    if (session !== this.#session) return;
    const { type, action, reconnect_in_ms: shutdown, retry_after_ms: refusal } = message;
    if (type === "server_shutdown" || type === "error") this.#retries.asked(shutdown ?? refusal);
    this.#calls.received(message);
    if (type === "connection_recovery" && action === "reconnect") session.end("asked to reconnect");
  }

  /** @param {Session | Stream} session @param {import("./types.js").End} end */
  #ended(session, { code, reason }) {
    if (session === this.#candidate) return this.#tryToReturn();
    if (session !== this.#session) return;
    this.#session = null;
    this.#noReturn();
    this.#calls.lost();
    if (this.state === "closed") return;
    const why = reason || `closed with code ${code}`;
    this.#retries.stop();
    if (this.state === "open") this.#recoveries.lost(why);
    else this.#recoveries.failed(why);
    if (this.state !== "open") void this.#retries.failed(session.transport, code);
    const next = closing(code);
    if (next === "end") return this.#become("refused", { reason: why });
    if (next === "sign_in") this.#calls.fire("unauthenticated", null);
    this.#comeBack(why);
  }

  /** @param {string} reason */
  #comeBack(reason) {
    this.#retries.comeBack({
      retry: () => this.#open(),
      restart: () => this.#restart(),
      tell: (state, retryAt) => this.#become(state, { reason, retryAt }),
    });
    const { downtime } = this.#recoveries;
    if (this.state === "given_up") this.#calls.fire("given_up", { reason, downtime });
  }

  /** @param {import("./types.js").Happening} happening */
  #happened(happening) {
    if (happening === "left") return this.#session?.end("the page was left");
    if (this.#session instanceof Stream && happening === "hidden") return this.#session.hide();
    if (this.#session instanceof Stream && happening === "visible") this.#session.show();
    if (happening === "hidden") return;
    if (this.state === "open") return void this.probe();
    if (happening === "offline") return this.state === "waiting" ? this.#comeBack("offline") : undefined;
    // What was under way when the network came or the device slept may be stuck.
    if (happening !== "visible" && this.state === "connecting") this.#session?.end("the network changed");
    if (["waiting", "offline", "given_up"].includes(this.state) && !this.#retries.bound) this.#restart();
  }

  /** @param {State} state @param {{ reason?: string, retryAt?: number }} [detail] */
  #become(state, detail = {}) {
    this.state = state;
    const transport = this.session?.transport ?? null;
    if (this.#world.debug) console.debug("RobustWebSocket", state, transport, detail);
    this.#calls.fire("state", { state, attempt: this.#retries.attempt, transport, ...detail });
  }
}
