import { RobustWebSocket } from "../../static/realtime/robust-websocket.js";
import { World } from "./world.js";

const URL_ = "wss://site.example/ws/events/";

/** @param {Partial<import("../../static/realtime/types.js").Options>} [options] */
export function client(options) {
  const world = new World();
  const socket = new RobustWebSocket(URL_, options, world.environment);
  /** @type {any[]} */
  const states = [];
  socket.addEventListener("state", (event) => states.push(/** @type {CustomEvent} */ (event).detail));
  return { world, socket, states };
}

/** @param {Partial<import("../../static/realtime/types.js").Options>} [options] */
export function connected(options) {
  const parts = client(options);
  parts.socket.connect();
  parts.world.socket.accept();
  return parts;
}

/** @param {RobustWebSocket} socket @param {string} name @returns {any[]} what the events carry */
export function heard(socket, name) {
  /** @type {any[]} */
  const details = [];
  socket.addEventListener(name, (event) => details.push(/** @type {CustomEvent} */ (event).detail));
  return details;
}
