// Types alone: no page loads this.

/** @typedef {{ type: string, [field: string]: any }} Message */
/** @typedef {(message: Message) => void} Listener */
/** @typedef {{ topic: string, epoch?: string, offset?: number }} Request a topic, and where to go on */
/** @typedef {"closed" | "connecting" | "open" | "waiting" | "offline" | "given_up" | "refused"} State */
/** @typedef {"websocket" | "sse"} Transport */
/** @typedef {"unknown" | "excellent" | "good" | "fair" | "poor"} Grade */
/** @typedef {"online" | "offline" | "visible" | "hidden" | "woken" | "left"} Happening */
/** @typedef {"recovery_attempt" | "recovery_success" | "recovery_failure"} Step */
/** @typedef {{ attempt: number, reason: string, downtime: number }} Recovery `downtime` in milliseconds */
/** @typedef {{ code: number, reason?: string }} End the code of a session that we ended ourselves is 0; 1 if it had not failed */
/** @typedef {{ message: Message, text: string }} Letter */
/** @typedef {Record<string, (value: unknown) => boolean>} Fields what a message must have */
/** @typedef {{ locks?: Pick<LockManager, "request">, setTimeout?: (callback: () => void, ms: number) => unknown }} Locking */

/**
 * What a `RobustWebSocket` can be told; times are in milliseconds.
 * @typedef {object} Options
 * @property {number} maxReconnectAttempts retries in a row before it gives up
 * @property {number} reconnectInterval the base of the exponential back-off; the first retry comes within 500 ms
 * @property {number} heartbeatInterval how often the server is asked whether it is there
 * @property {number} connectionTimeout how long a new connection, and an answer to a heartbeat, may take
 * @property {number} maxQueueSize messages kept while they cannot go out
 * @property {number} maxConsecutiveFailures heartbeats without an answer, in a row, before a fresh socket is made
 * @property {boolean} debug whether each step is written to the console
 * @property {string} healthUrl asked over HTTP whether the server is there; its answer is 200, and no HTML
 * @property {string} fallbackUrl where a topic can be had as server-sent events; "": nowhere
 */

/**
 * What a `RobustWebSocket` fires, each as a `CustomEvent`, and what its `detail` is.
 * @typedef {object} Events
 * @property {{ state: State, transport: Transport | null, attempt: number, reason?: string, retryAt?: number }} state
 * it is another now; `retryAt` is in Unix milliseconds, as the clock is set at this moment
 * @property {{ grade: Grade, latency: number | null, jitter: number, last: number | null }} quality the grade is another now
 * @property {Message} established the server's greeting, once a WebSocket is open, and with each stream
 * @property {Message} message any message that concerns the application
 * @property {Message} overflow it fell out of the queue, the oldest first
 * @property {Message} unsure it may have arrived or not when its socket died, and is not sent again
 * @property {Recovery} recovery_attempt
 * @property {Recovery} recovery_failure
 * @property {Recovery} recovery_success
 * @property {{ reason: string, downtime: number }} given_up
 * @property {null} unauthenticated ask over HTTP who we are; it reconnects meanwhile
 * @property {null} poll each 30 s while the page is hidden and on the fallback: ask over HTTP what is new
 */

/**
 * The client's world, for tests to give it another.
 * @typedef {object} Environment
 * @property {(url: string) => WebSocket} openSocket
 * @property {(url: string) => EventSource} openStream
 * @property {() => number} now Unix milliseconds
 * @property {() => number} elapsed milliseconds since some moment, whatever the clock is set to
 * @property {() => number} random from 0 to 1
 * @property {(callback: () => void, ms: number) => unknown} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {() => boolean} isOnline
 * @property {() => boolean} isHidden
 * @property {(url: string) => Promise<number>} look the HTTP status; 0 if nobody, or somebody else, answers
 * @property {(error: unknown) => void} report a listener threw
 * @property {(tell: (happening: Happening) => void) => () => void} watch gives what ends it
 */

/** @typedef {Environment & Readonly<Options> & { url: string }} World what each part is given */

/**
 * What becomes of being lost.
 * @typedef {object} RetryCalls
 * @property {() => void} retry
 * @property {() => void} restart after giving up
 * @property {(state: "waiting" | "offline" | "given_up") => void} tell
 */

/**
 * What one session says, at last `ended`.
 * @typedef {object} SessionCalls
 * @property {() => void} established frames arrive
 * @property {(message: Message) => void} received any message that the session does not answer itself
 * @property {import("./outgoing.js").Outgoing} outgoing
 * @property {import("./subscriptions.js").Subscriptions} subscriptions
 * @property {(milliseconds: number) => void} measured one round trip
 * @property {() => void} ignored something came that means nothing
 * @property {() => void} poll the page is hidden, and has to ask for itself
 * @property {(end: End) => void} ended
 */

/**
 * What the outgoing messages need, and say.
 * @typedef {object} OutgoingCalls
 * @property {(text: string) => boolean} take whether a socket took it
 * @property {() => void} ask send a ping whose `id` is the mark
 * @property {(message: Message) => void} overflow the oldest fell out
 * @property {(message: Message) => void} unsure it may have arrived or not, and is not sent again
 */

/**
 * What a connection says, besides what its sessions do.
 * @typedef {object} OwnCalls
 * @property {<Name extends keyof Events>(name: Name, detail: Events[Name]) => void} fire
 */
/** @typedef {OwnCalls & Omit<SessionCalls, "established" | "poll" | "ended">} ConnectionCalls */

export {};
