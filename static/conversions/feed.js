/**
 * Brings the owner's topic into the store, and keeps it there.
 * @param {import("../realtime/robust-websocket.js").RobustWebSocket} socket
 * @param {import("./store.js").Store} store
 * @param {import("./api.js").Api} api
 * @param {() => number} now
 */
export function feed(socket, store, api, now) {
  /** @param {string} topic */
  const follow = (topic) =>
    socket.subscribe(topic, (message) => {
      if (message.type === "error") void again();
      else if (message.type !== "subscribed") store.dispatch({ type: "event", message, at: now() });
      else if (message.snapshot) {
        store.dispatch({ type: "snapshot", conversions: message.snapshot.conversions, at: now() });
      }
    });
  // Who we are may have changed elsewhere, by signing in or out in another tab; the list says which topic is ours now.
  const again = async () => {
    const list = await api.conversions().catch(() => null);
    if (!list) return;
    store.dispatch({ type: "snapshot", conversions: list.items, at: now() });
    follow(list.topic);
  };
  socket.addEventListener("unauthenticated", () => void again());
  return follow;
}
