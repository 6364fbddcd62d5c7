/**
 * The shapes that the page's modules share; those of the API are in docs/api.md. Times are Unix milliseconds.
 * @typedef {{ code: string, message: string, suggestion: string, retryable: boolean, params?: Record<string, unknown> }} Problem
 * @typedef {{ name: string, size: number, format: string }} Source
 * @typedef {{ name: string, size: number, media_type: string, url: string | null }} Output
 *
 * @typedef {object} Conversion
 * @property {string} id
 * @property {"queued" | "running" | "completed" | "failed" | "cancelled"} state
 * @property {string | null} stage
 * @property {number | null} percent
 * @property {"measured" | "phased" | "estimated"} progress
 * @property {number} attempt
 * @property {string} [idempotency_key] under which it was sent
 * @property {number} [recoveries] how often it was begun again by itself, since its worker was lost
 * @property {Source[]} sources
 * @property {string} to
 * @property {string[]} [route] the formats on its way, from the first to the last
 * @property {Problem | null} error
 * @property {Output | null} output
 * @property {number | null} [queue_position]
 * @property {number | null} [eta_seconds] comes with progress only
 * @property {number} [added_at] when its owner chose the file; orders the list
 * @property {number} created_at
 * @property {number | null} started_at
 * @property {number | null} [heard_at] when the worker that runs it last said that it lives, every 5 s
 * @property {number | null} finished_at
 * @property {number} expires_at
 *
 * @typedef {object} Upload a file that was added to this page, or several that shall become one; once accepted, it has
 * the id of its conversion
 * @property {string} key
 * @property {string} name
 * @property {number} size
 * @property {string} format the id that the name promises, or ""; `SEVERAL` of several
 * @property {Source[]} parts the several files, in their order; none of one alone
 * @property {string} to
 * @property {Options} options that are not as they would be anyway
 * @property {Record<string, string>} wrong what is wrong with each option that is
 * @property {"ready" | "waiting" | "paused" | "uploading" | "sent" | "failed" | "accepted"} state paused until the site can be reached
 * @property {number} sent bytes
 * @property {Problem | null} error
 * @property {number} addedAt
 * @property {string} sentAs the key under which it was sent; "" before, and once it is to become something else
 * @property {string} id "" until accepted
 *
 * @typedef {object} Format
 * @property {string} id
 * @property {string} name
 * @property {string[]} extensions
 * @property {string} media_type
 * @property {string} kind
 * @property {string[]} targets
 *
 * @typedef {{ to: string, sources: string[] | null, options: { properties: Rules } }} Join what several files together can
 * become, what each of them may be (null: anything), and a JSON Schema of the options
 *
 * @typedef {Record<string, unknown>} Options by name
 *
 * @typedef {object} Rule what an option may be, in the words of JSON Schema
 * @property {"integer" | "number" | "boolean" | "string"} [type] a choice has none
 * @property {string} [title]
 * @property {unknown[]} [enum]
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {string} [pattern]
 * @property {string} [expected] the pattern, in words
 * @property {string} [format]
 * @property {unknown} [default]
 *
 * @typedef {Record<string, Rule>} Rules by name of the option
 * @typedef {{ to: string, steps: string[], options: { properties: Rules } }} Route the way to a target: the formats on it,
 * from the first to the last, and a JSON Schema of its options
 *
 * @typedef {object} Config
 * @property {string} api
 * @property {string} events
 * @property {string} csrfCookie
 * @property {string} topic
 * @property {number} maxUploadBytes
 * @property {number} retentionHours
 * @property {Format[]} formats
 * @property {Record<string, string>} kinds what each kind of format is called
 * @property {Join[]} joins
 * @property {number} maxSources that become one
 * @property {number} serverTime
 * @property {string} [clientVersion] which the server's greeting has too, unless the page is older
 *
 * @typedef {{ state: "asked" | "followed" | "refused" | "strangers", problem: Problem | null }} Following how the page
 * follows what happens; `problem` is why the list could not be asked for either
 *
 * @typedef {"convert" | "cancel" | "retry" | "again" | "download" | "other" | "apart" | "remove"} Action
 *
 * @typedef {object} View what one row shows
 * @property {"ready" | "up" | "wait" | "run" | "done" | "fail" | "off"} look
 * @property {string} name
 * @property {string} chip
 * @property {string} about format and size of the file
 * @property {string} to id of the target
 * @property {string} route its way, where that has more than one step
 * @property {string} options what opens them, where there are any
 * @property {boolean} isWrong whether something is wrong with the options
 * @property {string[]} targets what may be chosen instead; empty where the choice is made
 * @property {string} title
 * @property {string} note
 * @property {"" | "good" | "warn"} tone
 * @property {"none" | "measured" | "estimated" | "unknown" | "still"} bar "still" where nothing is heard of what is unknown
 * @property {number} percent
 * @property {Action | null} main the action that matters now
 * @property {"other" | "apart" | ""} other what else can be done with the file, or the files
 * @property {string} href of the download
 * @property {string} code of an error, and what to quote
 * @property {string} words the last ones of a converter that crashed
 *
 * @typedef {{ file: File, inFolder: boolean }} Brought a file that somebody added, and whether it lay in a folder
 */

export {};
