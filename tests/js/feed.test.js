import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../static/conversions/api.js";
import { Feed } from "../../static/conversions/feed.js";
import { Store } from "../../static/conversions/store.js";
import { conversion, failure, NOW } from "./samples.js";
import { settle } from "./world.js";

/** @typedef {(message: object) => void} Listener */

class FakeSocket extends EventTarget {
  /** @type {Map<string, Listener>} */
  topics = new Map();

  /** @param {string} topic @param {Listener} listener */
  subscribe(topic, listener) {
    this.topics.set(topic, listener);
  }

  /** @param {string} topic */
  unsubscribe(topic) {
    this.topics.delete(topic);
  }

  /** @type {string[]} */
  calls = [];

  /** The server says that the topic is followed, or not. @param {string} topic @param {string} type */
  say(topic, type) {
    this.topics.get(topic)?.({ type, recovered: true });
  }

  close() {
    this.calls.push("close");
  }

  connect() {
    this.calls.push("connect");
  }
}

/** A page that follows `owner.a`, and a site whose list is that answer. @param {() => object} answer @param {() => number} [clock] */
function page(answer, clock = () => NOW) {
  const socket = new FakeSocket();
  const store = new Store();
  const site = { asked: 0 };
  const api = /** @type {any} */ ({ conversions: async () => ((site.asked += 1), answer()) });
  const feed = new Feed(/** @type {any} */ (socket), store, api, clock);
  /** @type {string[]} */
  const fired = [];
  for (const name of ["moved", "strangers"]) feed.addEventListener(name, () => fired.push(name));
  feed.follow("owner.a");
  store.dispatch({ type: "snapshot", conversions: [conversion()], at: NOW });
  return { socket, store, site, feed, fired };
}

/** @param {number} status @returns {never} */
function refuse(status) {
  throw new ApiError(failure, status);
}

const another = { items: [conversion({ id: "theirs" })], topic: "owner.b" };

test("for how long nothing was told is counted while the topic is not followed", () => {
  let now = NOW;
  const { socket, feed } = page(
    () => another,
    () => now,
  );
  now += 11_000;
  assert.equal(feed.silence, 11_000);
  socket.say("owner.a", "subscribed");
  now += 60_000;
  assert.equal(feed.silence, 0);
  socket.dispatchEvent(new Event("state"));
  now += 4000;
  assert.equal(feed.silence, 4000);
});

test("who we are now is asked once, whoever brings it up, and the list and the topic follow", async () => {
  const { socket, store, site, feed, fired } = page(() => another);
  socket.topics.get("owner.a")?.({ type: "error", code: "topic_not_found" });
  socket.dispatchEvent(new CustomEvent("unauthenticated"));
  feed.heard("owner.b");
  await settle();
  assert.equal(site.asked, 1);
  assert.deepEqual([...socket.topics.keys()], ["owner.b"]);
  assert.deepEqual([...store.state.conversions.keys()], ["theirs"]);
  assert.deepEqual(fired, ["moved"]);
  assert.deepEqual(socket.calls, ["close", "connect"]);
});

test("where nothing is told, the list is asked for", async () => {
  const { socket, store, fired } = page(() => ({
    items: [conversion({ id: "c2" })],
    topic: "owner.a",
    next: null,
  }));
  socket.dispatchEvent(new CustomEvent("poll"));
  await settle();
  assert.deepEqual([[...store.state.conversions.keys()], fired], [["c2"], []]);
});

test("a list of the newest takes away none that are older than all of it", async () => {
  const items = [conversion({ id: "new" }), conversion({ id: "last", added_at: NOW - 5 })];
  const { socket, store } = page(() => ({ items, topic: "owner.a", next: "/conversions?offset=2" }));
  const older = conversion({ id: "older", added_at: NOW - 9 });
  const gone = conversion({ id: "gone", added_at: NOW - 1 });
  store.dispatch({ type: "snapshot", conversions: [gone, older], at: NOW });
  socket.dispatchEvent(new CustomEvent("poll"));
  await settle();
  assert.deepEqual([...store.state.conversions.keys()], ["older", "new", "last"]);
});

test("a list takes away nothing that was heard of while it was asked for", async () => {
  const { socket, store } = page(() => {
    store.dispatch({ type: "received", conversion: conversion({ id: "fresh" }), at: NOW + 1 });
    return { items: [conversion({ id: "c2" })], topic: "owner.a", next: null };
  });
  socket.dispatchEvent(new CustomEvent("poll"));
  await settle();
  assert.deepEqual([...store.state.conversions.keys()].sort(), ["c2", "fresh"]);
});

test("another tab of the same owner is no news", async () => {
  const { site, feed } = page(() => another);
  feed.heard("owner.a");
  await settle();
  assert.equal(site.asked, 0);
});

test("a new session of the same owner changes nothing", async () => {
  const { socket, store, fired } = page(() => ({ items: [], topic: "owner.a" }));
  socket.dispatchEvent(new CustomEvent("unauthenticated"));
  await settle();
  assert.deepEqual([...store.state.conversions.keys()], ["c1"]);
  assert.deepEqual(fired, []);
});

test("where strangers are not served, nothing of who left stays in sight", async () => {
  const { socket, store, feed, fired } = page(() => refuse(401));
  socket.dispatchEvent(new CustomEvent("unauthenticated"));
  await settle();
  assert.deepEqual([store.state.conversions.size, socket.topics.size], [0, 0]);
  assert.deepEqual(fired, ["strangers"]);
  assert.deepEqual([feed.following.state, socket.calls], ["strangers", ["close"]]);
});

test("who comes back by another tab gets the list again", async () => {
  /** @type {any[]} */
  const answers = [refuse, () => ({ ...another, topic: "owner.a" })];
  const { socket, store, feed, fired } = page(() => answers.shift()(401));
  socket.dispatchEvent(new CustomEvent("unauthenticated"));
  await settle();
  feed.heard("owner.a");
  await settle();
  assert.deepEqual([...store.state.conversions.keys()], ["theirs"]);
  assert.deepEqual(fired, ["strangers", "moved"]);
});

test("a site that does not answer changes nothing", async () => {
  const { socket, store, fired } = page(() => refuse(0));
  socket.dispatchEvent(new CustomEvent("unauthenticated"));
  await settle();
  assert.deepEqual([[...store.state.conversions.keys()], fired], [["c1"], []]);
});

test("it is followed once the server says so, on each connection anew", () => {
  const { socket, feed } = page(() => another);
  assert.equal(feed.following.state, "asked");
  socket.say("owner.a", "subscribed");
  assert.equal(feed.following.state, "followed");
  socket.dispatchEvent(new CustomEvent("state"));
  assert.equal(feed.following.state, "asked");
});

test("a topic that is refused is asked for again, after pauses that grow from a second", async (context) => {
  /** @type {any} */ (context.mock.timers).enable({ apis: ["setTimeout"] });
  const { socket, site, feed } = page(() => ({ ...another, topic: "owner.a" }));
  for (const pause of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
    const asked = site.asked;
    socket.say("owner.a", "error");
    await settle();
    assert.deepEqual([site.asked, feed.following.state], [asked + 1, "refused"]);
    socket.topics.clear();
    context.mock.timers.tick(pause - 1);
    assert.equal(socket.topics.size, 0);
    context.mock.timers.tick(1);
    assert.deepEqual([...socket.topics.keys()], ["owner.a"]);
    assert.equal(feed.following.state, "refused");
  }
  socket.say("owner.a", "subscribed");
  assert.equal(feed.following.state, "followed");
});

test("whose list it is, is asked again a second after the site failed", async (context) => {
  /** @type {any} */ (context.mock.timers).enable({ apis: ["setTimeout"] });
  const answers = [() => refuse(503), () => another];
  const { socket, store, feed } = page(() => /** @type {any} */ (answers.shift())());
  socket.say("owner.a", "error");
  await settle();
  assert.deepEqual(feed.following, { state: "refused", problem: failure });
  context.mock.timers.tick(1000);
  socket.say("owner.a", "error");
  await settle();
  assert.deepEqual([...socket.topics.keys()], ["owner.b"]);
  assert.deepEqual([...store.state.conversions.keys()], ["theirs"]);
});

test("who does not want to wait asks at once, and once", async (context) => {
  /** @type {any} */ (context.mock.timers).enable({ apis: ["setTimeout"] });
  const { socket, feed } = page(() => ({ ...another, topic: "owner.a" }));
  socket.say("owner.a", "error");
  await settle();
  socket.topics.clear();
  feed.retry();
  assert.equal(socket.topics.size, 1);
  socket.say("owner.a", "subscribed");
  socket.topics.clear();
  feed.retry();
  context.mock.timers.tick(60_000);
  assert.equal(socket.topics.size, 0);
});
