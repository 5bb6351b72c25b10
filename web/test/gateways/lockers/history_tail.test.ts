import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Api } from "../../../src/api";
import { HistoryTail, merged } from "../../../src/gateways/lockers/history_tail";
import { boardHistory, hallHistory, type HistoryEvent } from "../../../src/gateways/lockers/routes";
import { LiveClient } from "../../../src/live";
import { PlayedWorld, settle } from "../../support/live_world";

const event = (seq: number, cell = 2, kind = "CellOpened"): HistoryEvent => ({
  seq,
  at: "2026-01-01T00:00:00Z",
  kind,
  data: { cell },
});

/** A server that has `count` events of cell 2, newest first, in pages as they are asked for. */
function server(count: number): { api: Api; asked: string[] } {
  const asked: string[] = [];
  const read = async (path: string) => {
    asked.push(path);
    const query = new URLSearchParams(path.split("?")[1]);
    const [before, limit] = [Number(query.get("before") ?? count + 1), Number(query.get("limit"))];
    const events = Array.from({ length: Math.min(limit, before - 1) }, (_, index) => event(before - 1 - index));
    const oldest = events.at(-1)?.seq ?? 1;
    return { events, next: oldest > 1 ? oldest : null };
  };
  return { api: { read } as unknown as Api, asked };
}

async function started(count: number, cell?: number) {
  const world = new PlayedWorld();
  const live = new LiveClient(world);
  const played = server(count);
  const tail = new HistoryTail(boardHistory(played.api, "hall/1953", cell), live);
  live.start();
  tail.start();
  world.socket.hello();
  await settle();
  const say = (seq: number, of = 2, stream = "hall/1953", kind = "CellOpened"): void => {
    const v = { ...event(seq, of, kind), stream, version: seq };
    world.socket.say({ op: "pulse", items: [{ t: "lineside/events", o: seq, k: "feed", v }] });
    vi.advanceTimersByTime(1000);
  };
  return { tail, say, world, ...played };
}

const seqs = (tail: HistoryTail): number[] => tail.state.value.events.map((one) => one.seq);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("the newest page is read, and what happens stands above it, once", async () => {
  const { tail, say } = await started(3);
  say(4);
  say(4);
  expect(seqs(tail)).toEqual([4, 3, 2, 1]);
});

test("older pages are joined until nothing is older", async () => {
  const { tail, asked } = await started(70);
  expect(tail.state.value.next).toBe(21);
  await tail.loadOlder();
  expect(seqs(tail)).toHaveLength(70);
  expect(tail.state.value.next).toBeNull();
  await tail.loadOlder();
  expect(asked).toHaveLength(2);
});

test("the history of a cell has neither other cells nor other boards nor reports without news", async () => {
  const { tail, say, asked } = await started(1, 2);
  expect(asked[0]).toContain("cell=2");
  say(5, 3);
  say(6, 2, "hall/1954");
  say(7, 2, "hall/1953", "Heard");
  say(8);
  expect(seqs(tail)).toEqual([8, 1]);
});

test("after a gap the newest page is read anew", async () => {
  const { tail, say, world, asked } = await started(3);
  say(4);
  const v = { ...event(90), stream: "hall/1953", version: 90 };
  world.socket.say({ op: "pulse", items: [{ t: "lineside/events", o: 90, gap: 85, k: "feed", v }] });
  await settle();
  expect(asked).toHaveLength(2);
  expect(seqs(tail)).toContain(90);
});

test("a server that skips events is asked for the newest page, and not at every skip", async () => {
  const { say, asked } = await started(3);
  say(4);
  say(5_000, 2, "hall/1954");
  say(10_000, 2, "hall/1954");
  vi.advanceTimersByTime(4_000);
  expect(asked).toHaveLength(2);
});

test("the history of a hall has every board of it, newest first, and no report without news", async () => {
  const events = [1, 2, 3].map((seq) => ({ ...event(seq, 2, seq === 2 ? "Heard" : "CellOpened"), stream: "hall/7" }));
  const api = { events: async () => ({ events, next: 3, recorded_seq: 3 }) } as unknown as Api;
  const source = hallHistory(api, "hall");
  const tail = new HistoryTail(source, new LiveClient(new PlayedWorld()));
  await tail.load();
  expect([seqs(tail), tail.state.value.next]).toEqual([[3, 1], null]);
  const of = (stream: string) => source.has({ ...event(4), stream, version: 1 });
  expect([of("hall/9"), of("hallway/9")]).toEqual([true, false]);
});

test("what happens while a page is read is not lost", async () => {
  const { tail, say } = await started(3);
  const reading = tail.load();
  say(4);
  await reading;
  expect(seqs(tail)).toEqual([4, 3, 2, 1]);
});

test("a history that cannot be read says why and can be asked for again", async () => {
  const played = server(2);
  const api = { read: vi.fn().mockRejectedValueOnce(new Error("disk away")).mockImplementation(played.api.read) };
  const source = boardHistory(api as unknown as Api, "hall/1953", undefined);
  const tail = new HistoryTail(source, new LiveClient(new PlayedWorld()));
  await tail.load();
  expect(tail.state.value.trouble).toBe("disk away");
  await tail.load();
  expect([tail.state.value.trouble, seqs(tail)]).toEqual(["", [2, 1]]);
});

test("a busy board does not fill the page's memory", async () => {
  const { tail, say } = await started(3);
  for (let seq = 4; seq < 700; seq++) say(seq);
  expect(seqs(tail)).toHaveLength(500);
  expect(tail.state.value.next).toBe(seqs(tail).at(-1));
});

test("merging keeps each event once, newest first", () => {
  expect(merged([event(1), event(3), event(1), event(2)]).map((one) => one.seq)).toEqual([3, 2, 1]);
});
