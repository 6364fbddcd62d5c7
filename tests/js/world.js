/**
 * A world for the client that stands still until a test moves it: a clock with timers, sockets, chance, network.
 */
export class World {
  time = 1_700_000_000_000;
  /** How far the clock was set ahead (or back), in milliseconds; timers do not care. */
  set = 0;
  online = true;
  hidden = false;
  reachable = true;
  /** What the server answers at other addresses than its health. */
  status = 200;
  chance = 0.5;
  /** @type {FakeSocket[]} */
  sockets = [];
  /** @type {FakeStream[]} */
  streams = [];
  /** @type {unknown[]} what listeners threw */
  errors = [];
  /** @type {{ at: number, callback: () => void }[]} */
  #timers = [];
  /** @type {(happening: import("../../static/realtime/types.js").Happening) => void} */
  tell = () => {};

  /** @returns {import("../../static/realtime/types.js").Environment} */
  get environment() {
    return {
      openSocket: (url) => {
        const socket = new FakeSocket(url);
        this.sockets.push(socket);
        return /** @type {any} */ (socket);
      },
      openStream: (url) => {
        const stream = new FakeStream(url);
        this.streams.push(stream);
        return /** @type {any} */ (stream);
      },
      now: () => this.time + this.set,
      elapsed: () => this.time,
      random: () => this.chance,
      setTimeout: (callback, ms) => {
        const timer = { at: this.time + ms, callback };
        this.#timers.push(timer);
        return timer;
      },
      clearTimeout: (timer) => {
        this.#timers = this.#timers.filter((each) => each !== timer);
      },
      isOnline: () => this.online,
      isHidden: () => this.hidden,
      look: (url) => this.looking(url),
      report: (error) => this.errors.push(error),
      watch: (tell) => {
        this.tell = tell;
        return () => (this.tell = () => {});
      },
    };
  }

  /** Asked over HTTP. @param {string} url @returns {Promise<number>} */
  async looking(url) {
    return url.endsWith("/healthz") ? (this.reachable ? 200 : 0) : this.status;
  }

  /** The socket that was opened last. */
  get socket() {
    return /** @type {FakeSocket} */ (this.sockets.at(-1));
  }

  /** The streams that are open. */
  get streaming() {
    return this.streams.filter(({ readyState }) => readyState !== 2);
  }

  /** Let time pass; timers run in their order. @param {number} ms */
  async pass(ms) {
    const end = this.time + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
      if (!next) break;
      this.time = Math.max(this.time, next.at);
      this.#timers = this.#timers.filter((each) => each !== next);
      next.callback();
      await settle();
    }
    this.time = end;
  }
}

/** A socket whose other end is the test. */
export class FakeSocket {
  readyState = 0;
  /** @type {any[]} what the client sent */
  sent = [];
  /** @type {(event: { data: unknown }) => void} */
  onmessage = () => {};
  /** @type {(event: { code: number, reason: string }) => void} */
  onclose = () => {};

  /** @param {string} url */
  constructor(url) {
    this.url = url;
  }

  /** The server accepts, and greets. */
  accept() {
    this.readyState = 1;
    this.say({ type: "connection_established", connection_id: "c1", server_time: 0 });
  }

  /** @param {unknown} frame an object becomes JSON; text is sent as it is */
  say(frame) {
    this.onmessage({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }

  /** The server, or the network, closes. @param {number} code @param {string} [reason] */
  drop(code, reason = "") {
    this.readyState = 3;
    this.onclose({ code, reason });
  }

  /** @param {string} text */
  send(text) {
    this.sent.push(...[JSON.parse(text)].flat());
  }

  close() {
    this.readyState = 3;
  }

  /** What was sent of one type. @param {string} type */
  of(type) {
    return this.sent.filter((message) => message.type === type);
  }
}

/** A stream of server-sent events whose other end is the test. */
export class FakeStream {
  readyState = 0;
  /** @type {(event: { data: unknown }) => void} */
  onmessage = () => {};
  onerror = () => {};

  /** @param {string} url */
  constructor(url) {
    this.url = new URL(url);
  }

  /** @param {object} frame */
  say(frame) {
    this.readyState = 1;
    this.onmessage({ data: JSON.stringify(frame) });
  }

  /** It ended; it comes back by itself. */
  break() {
    this.readyState = 0;
    this.onerror();
  }

  /** The answer was no stream. */
  refuse() {
    this.readyState = 2;
    this.onerror();
  }

  close() {
    this.readyState = 2;
  }
}

/** Let what was promised happen. */
export function settle() {
  return new Promise((resolve) => setImmediate(resolve));
}
