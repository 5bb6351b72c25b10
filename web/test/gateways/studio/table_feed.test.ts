import { expect, test, vi } from "vitest";

import { followTable, StudioFeed, TableFeed } from "../../../src/gateways/studio/table_feed";
import type { Follower, LiveClient } from "../../../src/live";
import { stateWith, statusWith } from "./made";

test("a feed keeps what its topics say and forgets what is gone", () => {
  const feed = new TableFeed("studio/ARO-001");
  expect(feed.name).toBe("ARO-001");
  expect(feed.isEmpty).toBe(true);
  feed.hear("table", stateWith());
  expect(feed.isEmpty).toBe(false);
  expect(feed.hear("watch", {})).toBe(false);
  feed.hear("table", null);
  expect(feed.isEmpty).toBe(true);
});

test("a feed follows the topics of its own table until it is ended", () => {
  const followers = new Map<string, Follower>();
  const follow = (pattern: string, follower: Follower) => {
    followers.set(pattern, follower);
    return () => void followers.delete(pattern);
  };
  const feed = new TableFeed("studio/ARO-001");
  const end = followTable({ follow } as unknown as LiveClient, feed);
  followers.get("studio/ARO-001/table")!.onValue("studio/ARO-001/table", stateWith());
  expect(feed.state.value?.table).toBe("ARO-001");
  followers.get("studio/ARO-001/table")!.onGone!("studio/ARO-001/table");
  expect(feed.state.value).toBeNull();
  end();
  expect(followers.size).toBe(0);
});

test("all tables come through four subscriptions; one that is gone leaves the board", () => {
  vi.useFakeTimers();
  const followers = new Map<string, Follower>();
  const follow = (pattern: string, follower: Follower) => {
    followers.set(pattern, follower);
    return () => void followers.delete(pattern);
  };
  const feed = new StudioFeed({ follow } as unknown as LiveClient, "studio");
  expect([...followers.keys()]).toEqual(["studio/*/status", "studio/*/table", "studio/*/presence", "studio/*/alarms"]);

  followers.get("studio/*/status")!.onValue("studio/A/status", statusWith());
  followers.get("studio/*/status")!.onValue("studio/B/status", statusWith());
  expect(feed.tables.value.size).toBe(0);
  vi.runAllTimers();
  expect([...feed.tables.value.keys()]).toEqual(["studio/A", "studio/B"]);

  const known = feed.tables.value.get("studio/A");
  followers.get("studio/*/status")!.onGone!("studio/B/status");
  vi.runAllTimers();
  expect([...feed.tables.value.keys()]).toEqual(["studio/A"]);
  expect(feed.tables.value.get("studio/A")).toBe(known);

  feed.end();
  expect(followers.size).toBe(0);
  vi.useRealTimers();
});
