const AGAIN_MS = 30_000;

/**
 * Brings the owner's topic into the store, and keeps it there.
 * @param {import("../realtime/robust-websocket.js").RobustWebSocket} socket
 * @param {import("./store.js").Store} store
 * @param {import("./api.js").Api} api
 * @param {() => number} now
 * @returns {(topic: string) => void} starts to follow a topic
 */
export function feed(socket, store, api, now) {
  /** @param {string} topic */
  const follow = (topic) =>
    socket.subscribe(topic, (message) => {
      if (message.type === "error") void again(topic);
      else if (message.type !== "subscribed") store.dispatch({ type: "event", message, at: now() });
      else if (message.snapshot) {
        store.dispatch({ type: "snapshot", conversions: message.snapshot.conversions, at: now() });
      }
    });
  /**
   * Who we are may have changed elsewhere, by signing in or out in another tab; the list says which topic is ours now.
   * @param {string} refused
   */
  const again = async (refused) => {
    const list = await api.conversions().catch(() => null);
    if (list) store.dispatch({ type: "snapshot", conversions: list.items, at: now() });
    const topic = list?.topic ?? refused;
    setTimeout(() => follow(topic), topic === refused ? AGAIN_MS : 0);
  };
  return follow;
}
