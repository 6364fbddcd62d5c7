import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULTS } from "../../static/realtime/options.js";
import { Outgoing } from "../../static/realtime/outgoing.js";
import { World } from "./world.js";

/** @param {number} [limit] */
function outgoing(limit = 100) {
  const world = new World();
  /** @type {{ out: any[], asked: string[], overflow: any[], unsure: any[], open: boolean }} */
  const log = { out: [], asked: [], overflow: [], unsure: [], open: true };
  const messages = new Outgoing(
    { ...world.environment, ...DEFAULTS, maxQueueSize: limit, url: "" },
    {
      take: (text) => log.open && log.out.push(JSON.parse(text)) > 0,
      ask: () => log.asked.push(messages.mark),
      overflow: (message) => log.overflow.push(message),
      unsure: (message) => log.unsure.push(message),
    },
  );
  return { world, log, messages };
}

/** @param {any[]} messages */
const numbers = (messages) => messages.map(({ number }) => number);
/** @param {number} number */
const say = (number) => ({ type: "say", number });

test("what no answer followed is unsure when the socket dies, and is not sent again", () => {
  const { log, messages } = outgoing();
  messages.send(say(1));
  messages.lost();
  messages.process();
  assert.deepEqual([numbers(log.out), numbers(log.unsure)], [[1], [1]]);
});

test("the answer to a later ping shows that a message arrived", async () => {
  const { world, log, messages } = outgoing();
  messages.send(say(1));
  await world.pass(1000);
  assert.deepEqual(log.asked, ["0.5 1"]);
  messages.send(say(2));
  messages.answered(log.asked[0]);
  messages.lost();
  assert.deepEqual(numbers(log.unsure), [2]);
});

test("the answer to an earlier ping shows nothing", () => {
  const { log, messages } = outgoing();
  const { mark } = messages;
  messages.send(say(1));
  messages.answered(mark);
  messages.lost();
  assert.deepEqual(numbers(log.unsure), [1]);
});

test("the reply to a message shows that it arrived, and all before it", () => {
  const { log, messages } = outgoing();
  for (const number of [1, 2, 3]) messages.send({ ...say(number), id: `id-${number}` });
  messages.answered("id-2");
  messages.answered("of nobody");
  messages.lost();
  assert.deepEqual(numbers(log.unsure), [3]);
});

test("a burst is spread, so that the server does not close for haste", async () => {
  const { world, log, messages } = outgoing();
  for (let number = 1; number <= 60; number += 1) messages.send(say(number));
  /** @type {number[]} */
  const sizes = [log.out.length];
  while (log.out.length < 60) {
    await world.pass(1000);
    messages.answered(log.asked.at(-1));
    sizes.push(log.out.length);
  }
  assert.deepEqual(sizes, [25, 50, 60]);
  assert.deepEqual(
    numbers(log.out),
    Array.from({ length: 60 }, (_, index) => index + 1),
  );
});

test("a new socket has its own count", () => {
  const { messages } = outgoing();
  for (let number = 1; number <= 25; number += 1) messages.send(say(number));
  messages.lost();
  assert.equal(messages.send(say(26)), true);
});

test("the oldest that waits falls out and is told", () => {
  const { log, messages } = outgoing(2);
  log.open = false;
  for (const number of [1, 2, 3]) assert.equal(messages.send(say(number)), false);
  log.open = true;
  messages.process();
  assert.deepEqual([numbers(log.out), numbers(log.overflow)], [[2, 3], [1]]);
});

test("a message is taken as it is when it is sent", () => {
  const { log, messages } = outgoing();
  log.open = false;
  const message = say(1);
  messages.send(message);
  message.number = 2;
  log.open = true;
  messages.process();
  assert.deepEqual(numbers(log.out), [1]);
});

test("what is no message is refused at once, and blocks nothing", () => {
  const { log, messages } = outgoing();
  const circle = /** @type {any} */ ({ type: "circle" });
  circle.circle = circle;
  for (const wrong of [circle, null, "text", {}, { type: 1 }]) {
    assert.throws(() => messages.send(/** @type {any} */ (wrong)), TypeError);
  }
  messages.send(say(1));
  assert.deepEqual(numbers(log.out), [1]);
});

test("an id that looks like a mark is the application's own", () => {
  const { world, log, messages } = outgoing();
  const { mark } = messages;
  for (const id of ["sent-2", "2", "0 2", " 2", "0.25 2"]) {
    world.chance = 0.75;
    assert.notEqual(id, mark);
    messages.send({ ...say(1), id });
    messages.send(say(2));
    messages.answered(id);
    messages.lost();
    assert.deepEqual(numbers(log.unsure.splice(0)), [2], id);
  }
});

test("each client has marks of its own", () => {
  const marks = [0.1, 0.2].map((chance) => {
    const world = Object.assign(new World(), { chance });
    const calls = { take: () => true, ask: () => {}, overflow: () => {}, unsure: () => {} };
    return new Outgoing({ ...world.environment, ...DEFAULTS, url: "" }, calls).mark;
  });
  assert.notEqual(marks[0], marks[1]);
});
