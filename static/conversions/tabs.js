const NAME = "convertsite.owner";

/**
 * Tells the other tabs whose list this page shows, and hears it of them: who signs in or out does it in one tab only.
 * Where the browser refuses channels, a page learns it of the server, a moment later.
 * @param {string} topic
 * @param {(topic: string) => void} heard
 */
export function tellTabs(topic, heard) {
  try {
    const channel = new BroadcastChannel(NAME);
    channel.onmessage = ({ data }) => heard(data);
    channel.postMessage(topic);
  } catch {
    // Refused in some private windows.
  }
}
