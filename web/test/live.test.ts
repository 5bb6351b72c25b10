import { expect, test } from "vitest";

import { backoffMs, type Follower, LIVE_SETTINGS, LiveClient, liveUrl } from "../src/live";
import type { SubscribedTopic } from "../src/protocol";
import { PlayedWorld, settle } from "./support/live_world";

interface Told {
  values: [string, unknown][];
  gaps: [string, number | null][];
  gone: string[];
}

function follower(pastValues?: number): Follower & Told {
  const told: Told = { values: [], gaps: [], gone: [] };
  return {
    ...told,
    ...(pastValues ? { pastValues } : {}),
    onValue: (topic, value) => told.values.push([topic, value]),
    onGap: (topic, skipped) => told.gaps.push([topic, skipped]),
    onGone: (topic) => told.gone.push(topic),
  };
}

function connected(...patterns: [string, Follower][]): { world: PlayedWorld; live: LiveClient } {
  const world = new PlayedWorld();
  const live = new LiveClient(world);
  for (const [pattern, one] of patterns) live.follow(pattern, one);
  live.start();
  world.socket.hello();
  return { world, live };
}

const feed = (topic: string, offset: number, recovered = false): SubscribedTopic => ({
  topic,
  kind: "feed",
  offset,
  recovered,
});

test("the client asks for all patterns in one message after the hello", () => {
  const { world, live } = connected(["a/1/status", follower()], ["*/*/alarms", follower()]);
  expect(live.status.value.phase).toBe("connected");
  expect(world.socket.sent).toEqual([{ op: "subscribe", id: 1, topics: ["a/1/status", "*/*/alarms"], resume: {} }]);
});

test("patterns that are followed later are gathered into one message", async () => {
  const { world, live } = connected(["a/1/status", follower()]);
  live.follow("b/1/status", follower());
  live.follow("c/1/status", follower());
  await settle();
  expect(world.socket.last.topics).toEqual(["b/1/status", "c/1/status"]);
});

test("a state is told with its snapshot, its changes, and at once to a second follower", () => {
  const first = follower();
  const { world, live } = connected(["*/*/status", first]);
  const topic = { topic: "a/1/status", kind: "state", offset: 3, recovered: false, value: "waiting" } as const;
  world.socket.say({ op: "subscribed", id: 1, topics: [topic] });
  world.socket.say({ op: "pulse", items: [{ t: "a/1/status", o: 4, v: "live" }] });
  expect(first.values).toEqual([
    ["a/1/status", "waiting"],
    ["a/1/status", "live"],
  ]);
  const second = follower();
  live.follow("a/1/status", second);
  expect(second.values).toEqual([["a/1/status", "live"]]);
});

test("a topic that appears later under a pattern is told", () => {
  const one = follower();
  const { world } = connected(["*/*/status", one]);
  world.socket.say({ op: "subscribed", id: 1, topics: [] });
  world.socket.say({ op: "pulse", items: [{ t: "new/1/status", o: 1, k: "state", v: 7 }] });
  expect(one.values).toEqual([["new/1/status", 7]]);
});

test("a topic that is gone is told and forgotten", () => {
  const one = follower();
  const { world, live } = connected(["*/*/status", one]);
  world.socket.say({ op: "pulse", items: [{ t: "a/1/status", o: 1, k: "state", v: 7 }] });
  world.socket.say({ op: "pulse", items: [{ t: "a/1/status", o: 1, gone: true }] });
  expect(one.gone).toEqual(["a/1/status"]);
  const late = follower();
  live.follow("a/1/status", late);
  expect(late.values).toEqual([]);
});

test("a gap in a pulse is told before the value behind it", () => {
  const order: string[] = [];
  const { world } = connected([
    "a/1/samples",
    { onValue: (_, v) => order.push(`value ${String(v)}`), onGap: (_, n) => order.push(`gap ${String(n)}`) },
  ]);
  world.socket.say({ op: "subscribed", id: 1, topics: [feed("a/1/samples", 10)] });
  world.socket.say({ op: "pulse", items: [{ t: "a/1/samples", o: 15, gap: 4, v: 1 }] });
  expect(order).toEqual(["gap 4", "value 1"]);
});

test("after a cut the client goes on behind its last offset", () => {
  const one = follower();
  const { world, live } = connected(["a/1/samples", one]);
  world.socket.say({ op: "subscribed", id: 1, topics: [feed("a/1/samples", 10)] });
  world.socket.say({ op: "pulse", items: [{ t: "a/1/samples", o: 11, v: "x" }] });
  world.socket.cut();
  expect(live.status.value).toMatchObject({ phase: "waiting", reason: "the connection broke", nextAttemptAt: 500 });
  world.pass(500);
  world.socket.hello();
  expect(world.socket.last.resume).toEqual({ "a/1/samples": { epoch: "e1", offset: 11 } });
  world.socket.say({ op: "subscribed", id: world.socket.last.id, topics: [feed("a/1/samples", 13, true)] });
  world.socket.say({ op: "pulse", items: [{ t: "a/1/samples", o: 12, v: "y" }] });
  expect(one.values.map(([, value]) => value)).toEqual(["x", "y"]);
  expect(one.gaps).toEqual([]);
});

test("what the server cannot give again is a gap of known size in one epoch, of unknown size in another", () => {
  const one = follower();
  const { world } = connected(["a/1/samples", one]);
  world.socket.say({ op: "subscribed", id: 1, topics: [feed("a/1/samples", 10)] });
  world.socket.cut();
  world.pass(600);
  world.socket.hello();
  world.socket.say({ op: "subscribed", id: world.socket.last.id, topics: [feed("a/1/samples", 5000)] });
  expect(one.gaps).toEqual([["a/1/samples", 4990]]);
  world.socket.cut();
  world.pass(600);
  world.socket.hello("e2");
  world.socket.say({ op: "subscribed", id: world.socket.last.id, topics: [feed("a/1/samples", 3)] });
  expect(one.gaps.at(-1)).toEqual(["a/1/samples", null]);
});

test("topics that a new subscription no longer lists are gone", () => {
  const one = follower();
  const { world } = connected(["*/*/status", one]);
  world.socket.say({ op: "pulse", items: [{ t: "a/1/status", o: 1, k: "state", v: 7 }] });
  world.socket.cut();
  world.pass(600);
  world.socket.hello("e2");
  world.socket.say({ op: "subscribed", id: world.socket.last.id, topics: [] });
  expect(one.gone).toEqual(["a/1/status"]);
});

test("past values are asked for, fewer when the server holds fewer, and none comes twice", () => {
  const one = follower(2000);
  const { world } = connected(["a/1/samples", one]);
  world.socket.say({ op: "subscribed", id: 1, topics: [feed("a/1/samples", 3000)] });
  expect(world.socket.last.resume).toEqual({ "a/1/samples": { epoch: "e1", offset: 1000 } });
  world.socket.say({ op: "pulse", items: [{ t: "a/1/samples", o: 3001, v: "comes again" }] });
  world.socket.say({ op: "subscribed", id: world.socket.last.id, topics: [feed("a/1/samples", 3001)] });
  expect(world.socket.last.resume).toEqual({ "a/1/samples": { epoch: "e1", offset: 2501 } });
  world.socket.say({ op: "subscribed", id: world.socket.last.id, topics: [feed("a/1/samples", 3002, true)] });
  const items = [2502, 2503, 3001, 3002, 3003].map((o) => ({ t: "a/1/samples", o, v: o }));
  world.socket.say({ op: "pulse", items });
  expect(one.values.map(([, value]) => value)).toEqual([2502, 2503, 3001, 3002, 3003]);
  expect(one.gaps).toEqual([]);
});

test("a server that gives no past values at all still gives the next ones", () => {
  const one = follower(64);
  const { world } = connected(["a/1/samples", one]);
  let answered = 0;
  while (world.socket.sent.length > answered) {
    answered = world.socket.sent.length;
    world.socket.say({ op: "subscribed", id: world.socket.last.id, topics: [feed("a/1/samples", 100)] });
  }
  world.socket.say({ op: "pulse", items: [{ t: "a/1/samples", o: 101, v: "next" }] });
  expect(one.values).toEqual([["a/1/samples", "next"]]);
});

test("waits double up to a limit, with jitter, and begin anew after a hello", () => {
  expect(backoffMs(0, LIVE_SETTINGS, 0.5)).toBe(500);
  expect(backoffMs(3, LIVE_SETTINGS, 0.5)).toBe(4000);
  expect(backoffMs(50, LIVE_SETTINGS, 0.5)).toBe(15_000);
  expect(backoffMs(50, LIVE_SETTINGS, 0)).toBe(12_000);
  const { world, live } = connected();
  world.socket.cut();
  world.pass(500);
  world.socket.cut();
  expect(live.status.value.nextAttemptAt! - world.time).toBe(1000);
  world.pass(1000);
  world.socket.hello();
  world.socket.cut();
  expect(live.status.value.nextAttemptAt! - world.time).toBe(500);
});

test("a server that does not say hello, or goes silent after a ping, is left", () => {
  const world = new PlayedWorld();
  const live = new LiveClient(world);
  live.start();
  world.pass(LIVE_SETTINGS.helloMsMax);
  expect(live.status.value).toMatchObject({ phase: "waiting", reason: "no answer in time" });
  world.pass(600);
  world.socket.hello();
  world.pass(LIVE_SETTINGS.pingMs);
  expect(world.socket.last.op).toBe("ping");
  world.socket.say({ op: "pong", id: world.socket.last.id });
  world.pass(LIVE_SETTINGS.pingMs);
  expect(live.status.value.phase).toBe("connected");
  world.pass(LIVE_SETTINGS.silenceMsMax);
  expect(live.status.value.reason).toBe("the server went silent");
});

test("a lost connection is told once, with the reason of a bye", () => {
  const { world, live } = connected();
  const told: string[] = [];
  live.onLost = (reason) => told.push(reason);
  world.socket.say({ op: "bye", code: 4008, reason: "too slow", retry: true });
  world.sockets[0]!.cut();
  expect(told).toEqual(["too slow"]);
});

test("a server that does not want this page back is asked as seldom as possible", () => {
  const { world, live } = connected();
  world.socket.say({ op: "bye", code: 4003, reason: "the role does not allow this", retry: false });
  expect(live.status.value.nextAttemptAt).toBe(LIVE_SETTINGS.backoffMsMax);
});

test("trying now does not wait, and stopping tries no more", () => {
  const { world, live } = connected();
  world.socket.cut();
  live.tryNow();
  expect(world.sockets.length).toBe(2);
  live.stop();
  world.pass(60_000);
  expect(world.sockets.length).toBe(2);
});

test("the last follower of a pattern ends its subscription", () => {
  const world = new PlayedWorld();
  const live = new LiveClient(world);
  const endFirst = live.follow("a/1/status", follower());
  const endSecond = live.follow("a/1/status", follower());
  live.start();
  world.socket.hello();
  endFirst();
  expect(world.socket.last.op).toBe("subscribe");
  endSecond();
  expect(world.socket.last).toMatchObject({ op: "unsubscribe", topics: ["a/1/status"] });
});

test("a page with TLS connects with TLS", () => {
  expect(liveUrl({ protocol: "https:", host: "x:8443" })).toBe("wss://x:8443/api/live");
  expect(liveUrl({ protocol: "http:", host: "127.0.0.1:8000" })).toBe("ws://127.0.0.1:8000/api/live");
});
