/** The feed of a unit inside a component, and whether it is live. */

import { useEffect, useMemo, useState } from "preact/hooks";

import type { LiveClient } from "../../live";
import { usePage } from "../../parts/context";
import type { Session } from "../../session";
import { type Liveness, livenessOf } from "./liveness";
import { type UnitFeed, UnitFeeds } from "./unit_feed";

const shared = new WeakMap<LiveClient, UnitFeeds>();

function feedsOf(live: LiveClient): UnitFeeds {
  let feeds = shared.get(live);
  if (!feeds) shared.set(live, (feeds = new UnitFeeds(live)));
  return feeds;
}

export function useUnitFeed(unit: string): UnitFeed {
  const { session } = usePage();
  const feeds = feedsOf(session.live);
  const feed = useMemo(() => feeds.take(unit), [feeds, unit]);
  useEffect(() => () => feeds.give(unit), [feeds, unit]);
  return feed;
}

// Often enough that a silence shows at once when its limit is reached.
const LOOK_MS = 200;

export function useLiveness(feed: UnitFeed): Liveness {
  const { session } = usePage();
  const [liveness, setLiveness] = useState(() => look(session, feed));
  useEffect(() => {
    const again = (): void => {
      const found = look(session, feed);
      setLiveness((known) => (known.text === found.text && known.why === found.why ? known : found));
    };
    again();
    const timer = setInterval(again, LOOK_MS);
    const end = session.live.status.watch(again);
    return () => {
      clearInterval(timer);
      end();
    };
  }, [session, feed]);
  return liveness;
}

function look(session: Session, feed: UnitFeed): Liveness {
  const status = feed.status.value;
  return livenessOf({
    isLinked: session.live.status.value.phase === "connected",
    state: status?.state ?? null,
    reason: status?.reason ?? "",
    isStale: feed.sensors.value?.stale ?? false,
    ageS: ageOf(session, feed),
  });
}

// The two clocks may differ by so much before the time of a sample says more than its arrival.
const CLOCKS_S = 3;

/** Seconds since the newest sample was taken; NaN without one. Past samples arrive late, so arrival is not enough. */
export function ageOf(session: Session, feed: UnitFeed): number {
  const now = session.api.clock.now() / 1000;
  const arrived = feed.age();
  if (Number.isNaN(arrived)) {
    const at = feed.sensors.value?.at;
    return at ? Math.max(0, now - Date.parse(at) / 1000) : NaN;
  }
  const taken = now - (feed.ring?.lastTime ?? NaN);
  return taken - arrived > CLOCKS_S ? taken : arrived;
}
