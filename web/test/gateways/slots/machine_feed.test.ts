import { expect, test, vi } from "vitest";

import { FloorFeed, followMachine, MachineFeed } from "../../../src/gateways/slots/machine_feed";
import type { Follower, LiveClient } from "../../../src/live";
import { exceptionWith, frameWith, meterWith, statusWith } from "./made";

function madeLive(): { live: LiveClient; followers: Map<string, Follower> } {
  const followers = new Map<string, Follower>();
  const follow = (pattern: string, follower: Follower) => {
    followers.set(pattern, follower);
    return () => void followers.delete(pattern);
  };
  return { live: { follow } as unknown as LiveClient, followers };
}

test("exceptions come once, newest first, and not more than are kept", () => {
  const feed = new MachineFeed("floor/1");
  feed.hear("exceptions", null);
  for (const number of [1, 3, 2, 3]) feed.hear("exceptions", exceptionWith(number));
  expect(feed.exceptions.value.map((one) => one.number)).toEqual([3, 2, 1]);
  for (let number = 4; number < 300; number++) feed.hear("exceptions", exceptionWith(number));
  expect(feed.exceptions.value).toHaveLength(100);
  expect(feed.exceptions.value[0]!.number).toBe(299);
});

test("frames are kept bounded and told a few times a second; idle ones stand apart", () => {
  vi.useFakeTimers();
  const feed = new MachineFeed("floor/1");
  feed.hear("frames", null);
  for (let count = 0; count < 500; count++) feed.hear("frames", frameWith("81"));
  feed.hear("frames", frameWith("01 54"));
  expect(feed.framesHeard.value).toBe(0);
  vi.runAllTimers();
  expect(feed.framesHeard.value).toBe(1);
  expect(feed.frames.items).toHaveLength(200);
  expect(feed.telling.items.map((frame) => frame.hex)).toEqual(["01 54"]);
  vi.useRealTimers();
});

test("a feed follows its own machine until it is ended", () => {
  const { live, followers } = madeLive();
  const feed = new MachineFeed("floor/1");
  const end = followMachine(live, feed);
  followers.get("floor/1/meters")!.onValue("floor/1/meters", [meterWith(0, 5)]);
  followers.get("floor/1/meters")!.onValue("floor/1/meters", [meterWith(0, 6)]);
  expect(feed.trails.of(0)).toEqual([5, 6]);
  followers.get("floor/1/meters")!.onGone!("floor/1/meters");
  expect(feed.meters.value).toBeNull();
  end();
  expect(followers.size).toBe(0);
});

test("a machine joins the floor with its status and leaves with it", () => {
  vi.useFakeTimers();
  const { live, followers } = madeLive();
  const floor = new FloorFeed(live, "floor");
  const all = followers.get("floor/*/status")!;
  all.onValue("floor/1/status", statusWith());
  all.onValue("floor/2/status", statusWith({ link: "down" }));
  vi.runAllTimers();
  expect([...floor.machines.value.keys()]).toEqual(["floor/1", "floor/2"]);
  expect(followers.get("floor/1/exceptions")!.pastValues).toBe(1);
  all.onGone!("floor/1/status");
  vi.runAllTimers();
  expect([...floor.machines.value.keys()]).toEqual(["floor/2"]);
  expect(followers.has("floor/1/exceptions")).toBe(false);
  floor.end();
  expect(followers.size).toBe(0);
  vi.useRealTimers();
});
