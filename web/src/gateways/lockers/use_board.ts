/** The feeds of boards inside a component. */

import { useEffect, useMemo } from "preact/hooks";

import { useCell } from "../../cell";
import type { LiveClient } from "../../live";
import { usePage } from "../../parts/context";
import { useTicking } from "../../parts/ticking";
import { type BoardFeed, BoardFeeds, HallFeed } from "./board_feed";

const shared = new WeakMap<LiveClient, BoardFeeds>();

function feedsOf(live: LiveClient): BoardFeeds {
  let feeds = shared.get(live);
  if (!feeds) shared.set(live, (feeds = new BoardFeeds(live)));
  return feeds;
}

export function useBoard(unit: string): BoardFeed {
  const { session } = usePage();
  const feeds = feedsOf(session.live);
  const feed = useMemo(() => feeds.take(unit), [feeds, unit]);
  useEffect(() => () => feeds.give(unit), [feeds, unit]);
  return feed;
}

export function useHall(gateway: string): HallFeed {
  const { session } = usePage();
  const feed = useMemo(() => new HallFeed(session.live, gateway), [session, gateway]);
  useEffect(() => () => feed.end(), [feed]);
  useCell(feed.changed);
  return feed;
}

/** The server's time of day in milliseconds, drawn anew every `ms`. */
export function useServerNow(ms: number): number {
  const { session } = usePage();
  useTicking(ms);
  return session.api.clock.now();
}

/** Whether what is shown of a board is how it is: this page is connected, and the board reports, approved or not. */
export function useIsLive(feed: BoardFeed): boolean {
  const { session } = usePage();
  const link = useCell(session.live.status);
  const status = useCell(feed.status);
  return link.phase === "connected" && status?.state === "live";
}

/** Why nothing can be ordered now; empty when it can. A silent board is no reason: what is wanted waits for it. */
export function useRefusal(): string {
  const { session } = usePage();
  const link = useCell(session.live.status);
  if (link.phase !== "connected") return "this page is not connected to lineside";
  return session.may("operator") ? "" : "your role may look but not steer";
}
