import { Timer } from "./environment.js";
import { closing, OWN_CODES } from "./protocol.js";
import { Recoveries, Retries } from "./retries.js";
import { Session, Stream } from "./session.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Message} Message */

const PATIENCE_MS = 3000;
const RETURN_MS = 60_000;
/** A device that wakes up says so several times. */
const YOUNG_MS = 2000;
/** In place of a close code: it did not fail. */
const LEFT = 1;

/** One session after another: what happens when one ends, or the world changes. */
export class Connection {
  /** @type {State} */
  state = "closed";
  /** @type {Session | Stream | null} */
  #session = null;
  /** @type {Promise<boolean> | null} */
  #check = null;
  #stopWatching = () => {};
  #world;
  #calls;
  #retries;
  #return;
  /** May take over from a stream. @type {Session | Stream | null} */
  #candidate = null;
  #recoveries;
  #openedAt = 0;
  /** The wait that goes with being closed for an error. @type {unknown} */
  #refusal;

  /** @param {import("./types.js").World} world @param {import("./types.js").ConnectionCalls} calls */
  constructor(world, calls) {
    this.#world = world;
    this.#calls = calls;
    this.#retries = new Retries(world);
    this.#return = new Timer(world);
    this.#recoveries = new Recoveries(world.elapsed, calls.fire);
  }

  get session() {
    return this.state === "open" ? this.#session : null;
  }

  get retryAt() {
    return this.state === "waiting" ? this.#retries.retryAt : undefined;
  }

  start() {
    if (this.state === "open" || this.state === "connecting") return;
    this.#stopWatching();
    this.#stopWatching = this.#world.watch((happening) => this.#happened(happening));
    this.#restart();
  }

  stop() {
    if (this.state === "closed") return;
    this.#stopWatching();
    this.#retries.reset();
    this.#recoveries.forget();
    this.#abandon();
    this.#become("closed", "closed here");
  }

  /** That it ends says nothing about the server. */
  #abandon() {
    const session = this.#session;
    this.#session = null;
    this.#noReturn();
    session?.end();
    this.#calls.outgoing.lost();
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
    this.#abandon();
    this.#retries.reset();
    if (this.#world.isOnline()) this.#open();
    else this.#comeBack("offline");
  }

  #open() {
    this.#become("connecting");
    this.#recoveries.trying();
    // Listeners were told, and may have closed it or started another.
    if (this.state !== "connecting" || this.#session) return;
    this.#openedAt = this.#world.elapsed();
    this.#refusal = undefined;
    this.#session = this.#make(this.#retries.streaming);
  }

  /** @param {boolean} streaming */
  #make(streaming) {
    /** @type {import("./types.js").SessionCalls} */
    const calls = {
      ...this.#calls,
      established: () => this.#established(session),
      received: (message) => this.#received(session, message),
      poll: () => this.#calls.fire("poll", null),
      ended: (end) => this.#ended(session, end),
    };
    /** @type {Session | Stream} */
    const session = new (streaming ? Stream : Session)(this.#world, calls);
    return session;
  }

  /** @param {Session | Stream} session */
  #established(session) {
    const before = this.#session;
    this.#session = session;
    this.#noReturn();
    if (before !== session) before?.end();
    this.#retries.connected(session.transport);
    this.#become("open");
    this.#recoveries.succeeded();
    if (this.#session !== session) return; // a listener closed it
    if (session instanceof Stream) return this.#tryToReturn();
    session.follow(this.#calls.subscriptions.requests);
    const told = this.#recoveries.take();
    if (told.length > 0) session.send(JSON.stringify(told));
    this.#calls.outgoing.process();
  }

  #tryToReturn() {
    const ms = RETURN_MS * (0.75 + this.#world.random() / 2);
    this.#return.set(() => (this.#candidate = this.#make(false)), ms);
  }

  #noReturn() {
    this.#return.stop();
    const candidate = this.#candidate;
    this.#candidate = null;
    if (candidate !== this.#session) candidate?.end();
  }

  /** @param {Session | Stream} session @param {Message} message */
  #received(session, message) {
    if (session !== this.#session) return;
    const { type, action } = message;
    this.#refusal = type === "error" ? message.retry_after_ms : undefined;
    if (type === "connection_established") return this.#calls.fire("established", message);
    if (type === "server_shutdown") this.#retries.asked(message.reconnect_in_ms);
    this.#calls.received(message);
    if (type === "connection_recovery" && action === "reconnect") session.end("asked to reconnect");
  }

  /** @param {Session | Stream} session @param {import("./types.js").End} end */
  #ended(session, { code, reason }) {
    if (session === this.#candidate) return this.#tryToReturn();
    if (session !== this.#session) return;
    const why = reason || `closed with code ${code}`;
    const tried = this.state === "connecting";
    this.#retries.stop();
    if (code >= OWN_CODES) this.#retries.asked(this.#refusal);
    if (!tried) this.#recoveries.lost(why);
    this.#abandon();
    if (tried && code !== LEFT) {
      void this.#retries.failed(session.transport, code);
      this.#recoveries.failed(why);
    }
    if (this.state === "closed" || this.#session) return; // so a listener wanted
    const next = closing(code);
    if (next === "end") return this.#become("refused", why);
    this.#comeBack(why);
    if (next === "sign_in") this.#calls.fire("unauthenticated", null);
  }

  /** @param {string} reason */
  #comeBack(reason) {
    this.#retries.comeBack({
      retry: () => this.#open(),
      restart: () => this.#restart(),
      tell: (state) => this.#become(state, reason),
    });
    const { downtime } = this.#recoveries;
    if (this.state === "given_up") this.#calls.fire("given_up", { reason, downtime });
  }

  /** @param {import("./types.js").Happening} happening */
  #happened(happening) {
    const { state } = this;
    if (happening === "left") return this.#session?.end("the page was left", LEFT);
    const stream = this.#session instanceof Stream ? this.#session : null;
    if (happening === "hidden") return stream?.hide();
    if (happening === "visible") stream?.show();
    if (state === "open") return void this.probe();
    if (happening === "offline") return state === "waiting" ? this.#comeBack(happening) : undefined;
    // What was under way when the network came or the device slept may be stuck.
    const stuck = happening !== "visible" && this.#world.elapsed() - this.#openedAt >= YOUNG_MS;
    if (state === "connecting" ? stuck : state !== "refused" && !this.#retries.bound) this.#restart();
  }

  /** @param {State} state @param {string} [reason] */
  #become(state, reason) {
    this.state = state;
    const { retryAt } = this;
    const transport = this.session?.transport ?? null;
    const detail = { state, attempt: this.#retries.attempt, transport, reason, retryAt };
    if (this.#world.debug) console.debug("RobustWebSocket", detail);
    this.#calls.fire("state", detail);
  }
}
