import { expect, test, vi } from "vitest";

import { BoardFeeds, HallFeed } from "../../../src/gateways/lockers/board_feed";
import { LiveClient } from "../../../src/live";
import { PlayedWorld, settle } from "../../support/live_world";

async function connected() {
  const world = new PlayedWorld();
  const live = new LiveClient(world);
  live.start();
  world.socket.hello();
  await settle();
  let offset = 0;
  const say = (t: string, v: unknown): void =>
    world.socket.say({ op: "pulse", items: [{ t, o: ++offset, k: "state", v }] });
  return { live, say, world };
}

test("all parts that look at a board share one feed, which ends some time after the last", async () => {
  vi.useFakeTimers();
  const { live, say } = await connected();
  const feeds = new BoardFeeds(live);
  const feed = feeds.take("hall/1953");
  expect(feeds.take("hall/1953")).toBe(feed);
  say("hall/1953/status", { state: "live" });
  expect(feed.status.value).toMatchObject({ state: "live" });
  feeds.give("hall/1953");
  feeds.give("hall/1953");
  expect(feeds.take("hall/1953")).toBe(feed);
  feeds.give("hall/1953");
  vi.advanceTimersByTime(5_000);
  expect(feeds.take("hall/1953")).not.toBe(feed);
  vi.useRealTimers();
});

test("a board that is gone shows nothing any more", async () => {
  const { live, say, world } = await connected();
  const feed = new BoardFeeds(live).take("hall/1");
  say("hall/1/board", { cells: [] });
  world.socket.say({ op: "pulse", items: [{ t: "hall/1/board", o: 0, gone: true }] });
  expect(feed.board.value).toBeNull();
});

test("a hall hears its own boards alone and is drawn seldom", async () => {
  vi.useFakeTimers();
  const { live, say } = await connected();
  const hall = new HallFeed(live, "hall");
  for (let index = 0; index < 100; index++) say(`hall/${index}/status`, { state: "live" });
  say("annexe/1/status", { state: "live" });
  say("hall/7/heard", { at: "2026-01-01T00:00:00Z" });
  expect(hall.changed.value).toBe(0);
  vi.advanceTimersByTime(1_000);
  expect(hall.changed.value).toBe(1);
  expect([hall.statuses.size, [...hall.heard.keys()]]).toEqual([100, ["hall/7"]]);
  hall.end();
  say("hall/7/status", { state: "away" });
  vi.advanceTimersByTime(1_000);
  expect(hall.changed.value).toBe(1);
  vi.useRealTimers();
});
