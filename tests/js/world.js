/**
 * A world for the client that stands still until a test moves it: a clock with timers, sockets, chance, network.
 */
export class World {
  time = 1_700_000_000_000;
  online = true;
  reachable = true;
  chance = 0.5;
  /** @type {FakeSocket[]} */
  sockets = [];
  /** @type {{ at: number, callback: () => void }[]} */
  #timers = [];
  /** @type {(happening: import("../../static/realtime/environment.js").Happening) => void} */
  tell = () => {};

  /** @returns {import("../../static/realtime/environment.js").Environment} */
  get environment() {
    return {
      openSocket: (url) => {
        const socket = new FakeSocket(url);
        this.sockets.push(socket);
        return /** @type {any} */ (socket);
      },
      now: () => this.time,
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
      isReachable: async () => this.reachable,
      watch: (tell) => {
        this.tell = tell;
      },
    };
  }

  /** The socket that was opened last. */
  get socket() {
    return /** @type {FakeSocket} */ (this.sockets.at(-1));
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
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  /** What was sent of one type. @param {string} type */
  of(type) {
    return this.sent.filter((message) => message.type === type);
  }
}

/** Let what was promised happen. */
export function settle() {
  return new Promise((resolve) => setImmediate(resolve));
}
