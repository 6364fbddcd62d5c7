import { RobustWebSocket } from "../realtime/robust-websocket.js";
import { Charts } from "./charts.js";
import { Live } from "./live.js";

const now = document.getElementById("now");
const light = document.getElementById("light");
const charts = document.getElementById("charts");

if (now && light) {
  const socket = new RobustWebSocket("/ws/events/");
  const live = new Live(socket, now, light, Date.now);
  live.start();
  setInterval(() => live.tick(), 1000);
}
if (charts) {
  const drawn = new Charts(charts);
  void drawn.start();
}
