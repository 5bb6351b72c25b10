/** The feeds of machines inside components. */

import { useEffect, useMemo, useState } from "preact/hooks";

import { useCell } from "../../cell";
import type { LiveClient } from "../../live";
import { usePage } from "../../parts/context";
import { FloorFeed, followBriefly, followMachine, MachineFeed } from "./machine_feed";

export function useMachineFeed(unit: string): MachineFeed {
  return useFollowed(unit, followMachine);
}

/** Only what a card shows. */
export function useBriefFeed(unit: string): MachineFeed {
  return useFollowed(unit, followBriefly);
}

function useFollowed(unit: string, follow: (live: LiveClient, feed: MachineFeed) => () => void): MachineFeed {
  const { session } = usePage();
  const feed = useMemo(() => new MachineFeed(unit), [unit]);
  useEffect(() => follow(session.live, feed), [session, feed]);
  return feed;
}

export function useFloorFeed(gateway: string): FloorFeed | null {
  const { session } = usePage();
  const [feed, setFeed] = useState<FloorFeed | null>(null);
  useEffect(() => {
    const made = new FloorFeed(session.live, gateway);
    setFeed(made);
    return () => made.end();
  }, [session, gateway]);
  return feed;
}

/** Whether what the page shows comes from the server now. */
export function useIsLinked(): boolean {
  const { session } = usePage();
  return useCell(session.live.status).phase === "connected";
}
