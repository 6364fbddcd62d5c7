import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EventSource } from "eventsource";
import { WebSocket } from "ws";
import { look } from "../../static/realtime/environment.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PYTHON = join(ROOT, ".venv/bin/python");
const PATIENCE_MS = 20_000;
const STEP_MS = 10;

/** @typedef {import("../../static/realtime/types.js").Environment} Environment */

/** Ends in `close`, as in a browser, whatever went wrong. @param {string} url */
export function dial(url) {
  return new WebSocket(url).on("error", () => {});
}

/** The client's world in Node. @param {Partial<Environment>} [changes] @returns {Environment} */
export function node(changes) {
  return {
    openSocket: (url) => /** @type {any} */ (dial(url)),
    openStream: (url) => /** @type {any} */ (new EventSource(url)),
    now: Date.now,
    elapsed: () => performance.now(),
    random: Math.random,
    setTimeout,
    clearTimeout,
    isOnline: () => true,
    isHidden: () => false,
    look,
    report: (error) => {
      throw error;
    },
    watch: () => () => {},
    ...changes,
  };
}

/**
 * Wait until something is so.
 * @param {() => unknown} condition
 * @param {string} what
 */
export async function until(condition, what) {
  const end = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Not within ${PATIENCE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
}

/** A real server with rooms, and its Valkey; both end with `stop()`. */
export class Site {
  /** @type {import("node:child_process").ChildProcess[]} */
  #processes = [];
  #folder = mkdtempSync(join(tmpdir(), "convertsite-js-"));
  port = 0;

  /** @param {Record<string, unknown>} [settings] */
  static async start(settings = {}) {
    const site = new Site();
    site.port = await freePort();
    try {
      await site.#startValkey();
      await site.serve(settings);
    } catch (error) {
      await site.stop();
      throw error;
    }
    return site;
  }

  /** @param {string} path */
  url(path) {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** Start the web process, and wait until it answers. @param {Record<string, unknown>} [settings] */
  async serve(settings = {}) {
    const { DJANGO_SETTINGS_MODULE, ...env } = process.env;
    const words = ["-W", "ignore", "-m", "tests.js.site", `${this.port}`, `unix://${this.#socket}`];
    this.web = spawn(PYTHON, [...words, JSON.stringify(settings)], { cwd: ROOT, env, stdio: "inherit" });
    this.#processes.push(this.web);
    await until(async () => (await look(this.url("/healthz"))) === 200, "an answer of the server");
  }

  /** End the web process, and wait for it. @param {NodeJS.Signals} signal */
  async end(signal) {
    if (this.web) await finish(this.web, signal);
  }

  /** @param {string} topic @param {string} text @param {number} [size] */
  async say(topic, text, size = 0) {
    const query = new URLSearchParams({ topic, text, size: `${size}` });
    const { ok } = await fetch(this.url(`/say?${query}`));
    if (!ok) throw new Error(`${text} could not be said`);
  }

  async stop() {
    for (const process of this.#processes.reverse()) await finish(process, "SIGKILL");
    rmSync(this.#folder, { recursive: true });
  }

  get #socket() {
    return join(this.#folder, "valkey");
  }

  async #startValkey() {
    const program = execFileSync(PYTHON, ["-m", "tests.js.site"], { cwd: ROOT, encoding: "utf8" }).trim();
    const words = ["--port", "0", "--unixsocket", this.#socket, "--save", "", "--dir", this.#folder];
    this.#processes.push(spawn(program, words, { stdio: "ignore" }));
  }
}

/** A TCP port of the loopback that nothing listens on at the moment. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return port;
}

/** @param {import("node:child_process").ChildProcess} child @param {NodeJS.Signals} signal */
async function finish(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}
