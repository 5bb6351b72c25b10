import { expect, test, vi } from "vitest";

import type { Api, EventQuery } from "../src/api";
import { EventTail, isHole, matches, type Row } from "../src/event_tail";
import { LiveClient } from "../src/live";
import type { EventInfo } from "../src/protocol";
import { PlayedWorld, settle } from "./support/live_world";

const event = (seq: number, stream = "ward/1", kind = "LineOpened"): EventInfo => ({
  seq,
  stream,
  version: seq,
  at: "2026-01-01T00:00:00Z",
  kind,
  data: {},
});

/** A journal of `count` events, and what was asked of it. */
function journal(count: number): { api: Api; asked: EventQuery[]; all: EventInfo[] } {
  const all = Array.from({ length: count }, (_, index) => event(index + 1));
  const asked: EventQuery[] = [];
  const events = async (query: EventQuery) => {
    asked.push(query);
    const { after = 0, before = Infinity, limit = 100, newest } = query;
    const found = all.filter((one) => one.seq > after && one.seq < before);
    const page = newest ? found.slice(-limit) : found.slice(0, limit);
    return { events: page, next: 0, recorded_seq: all.length };
  };
  return { api: { events } as unknown as Api, asked, all };
}

async function started(count: number) {
  const world = new PlayedWorld();
  const live = new LiveClient(world);
  const books = journal(count);
  const tail = new EventTail(books.api, live, {});
  live.start();
  tail.start();
  world.socket.hello();
  await settle();
  return { world, tail, ...books };
}

const seqs = (rows: readonly Row[]): (number | string)[] =>
  rows.map((row) => (isHole(row) ? `${row.after}..${row.before}` : row.seq));

test("the tail begins with the newest page and goes on with the feed", async () => {
  vi.useFakeTimers();
  const { world, tail } = await started(3);
  world.socket.say({ op: "pulse", items: [{ t: "lineside/events", o: 1, k: "feed", v: event(4) }] });
  vi.advanceTimersByTime(200);
  expect(seqs(tail.state.value.rows)).toEqual([4, 3, 2, 1]);
  vi.useRealTimers();
});

test("an event that comes by both ways stands once", async () => {
  vi.useFakeTimers();
  const { world, tail } = await started(3);
  world.socket.say({ op: "pulse", items: [{ t: "lineside/events", o: 1, k: "feed", v: event(3) }] });
  vi.advanceTimersByTime(200);
  expect(seqs(tail.state.value.rows)).toEqual([3, 2, 1]);
  vi.useRealTimers();
});

test("after a gap the missed events are read", async () => {
  const { world, tail, all, asked } = await started(3);
  for (let seq = 4; seq <= 9; seq++) all.push(event(seq));
  world.socket.say({ op: "pulse", items: [{ t: "lineside/events", o: 9, k: "feed", gap: 6 }] });
  await settle();
  expect(asked.at(-1)).toMatchObject({ after: 3 });
  expect(seqs(tail.state.value.rows)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
});

test("a gap of more than a page is marked, and can be read", async () => {
  const { world, tail, all } = await started(3);
  for (let seq = 4; seq <= 250; seq++) all.push(event(seq));
  world.socket.say({ op: "pulse", items: [{ t: "lineside/events", o: 9, k: "feed", gap: 247 }] });
  await settle();
  const rows = tail.state.value.rows;
  expect(seqs(rows).slice(99, 102)).toEqual([151, "3..151", 3]);
  const hole = rows.find(isHole)!;
  await tail.fill(hole);
  expect(seqs(tail.state.value.rows)).toContain("103..151");
  await tail.fill(tail.state.value.rows.find(isHole)!);
  expect(tail.state.value.rows.some(isHole)).toBe(false);
  expect(tail.state.value.rows.length).toBe(250);
});

test("a feed that jumps far ahead without a word is caught up with", async () => {
  const { world, all, asked } = await started(3);
  for (let seq = 4; seq <= 2000; seq++) all.push(event(seq));
  world.socket.say({ op: "pulse", items: [{ t: "lineside/events", o: 9, k: "feed", v: event(2000) }] });
  await settle();
  expect(asked.at(-1)).toMatchObject({ after: 3 });
});

test("older pages are read from the oldest event shown", async () => {
  const { tail, asked } = await started(250);
  expect(tail.state.value.hasOlder).toBe(true);
  await tail.loadOlder();
  expect(asked.at(-1)).toMatchObject({ before: 151, newest: true });
  expect(tail.state.value.rows.length).toBe(200);
});

test("rows stay bounded while events stream in", async () => {
  vi.useFakeTimers();
  const { world, tail } = await started(100);
  const items = Array.from({ length: 1000 }, (_, i) => ({ t: "lineside/events", o: i, v: event(101 + i) }));
  world.socket.say({ op: "pulse", items });
  vi.advanceTimersByTime(200);
  expect(tail.state.value.rows.length).toBe(400);
  expect(tail.state.value.hasOlder).toBe(true);
  vi.useRealTimers();
});

test("a journal that cannot be read is told", async () => {
  const api = { events: () => Promise.reject(new Error("the journal is damaged")) } as unknown as Api;
  const tail = new EventTail(api, new LiveClient(new PlayedWorld()), {});
  tail.start();
  await settle();
  expect(tail.state.value.trouble).toBe("the journal is damaged");
});

test.each([
  [{}, true],
  [{ unit: "ward/1" }, true],
  [{ unit: "ward/2" }, false],
  [{ gateway: "ward" }, true],
  [{ gateway: "war" }, false],
  [{ kind: "LineOpened" }, true],
  [{ kind: "LineLost" }, false],
])("a filter %j passes: %s", (filter, isPassed) => {
  expect(matches(filter, event(1))).toBe(isPassed);
});
