/** Whether what a plot shows may be called live, and what to say when it may not. */

import { durationText } from "../../format";
import { STALE_S } from "./unit_feed";

export interface LivenessFacts {
  /** Whether this page is connected to the server. */
  isLinked: boolean;
  state: string | null;
  reason: string;
  isStale: boolean;
  /** Seconds since the last sample; NaN when there was none. */
  ageS: number;
}

export interface Liveness {
  isLive: boolean;
  /** Empty when live; else what has to be said, and why. */
  text: string;
  why: string;
}

const LIVE: Liveness = { isLive: true, text: "", why: "" };

/** Data is live only when the server says so, it is fresh here too, and the connection to the server stands. */
export function livenessOf(facts: LivenessFacts): Liveness {
  const text = Number.isNaN(facts.ageS) ? "no data yet" : `no data for ${durationText(facts.ageS)}`;
  if (!facts.isLinked) return { isLive: false, text, why: "this page is not connected to lineside" };
  if (facts.state === null) return { isLive: false, text, why: "nothing was heard of this unit" };
  if (facts.state !== "live") return { isLive: false, text, why: facts.reason || facts.state };
  if (Number.isNaN(facts.ageS)) return { isLive: false, text, why: "waiting for the first sample" };
  if (facts.isStale || facts.ageS > STALE_S) return { isLive: false, text, why: "samples stopped" };
  return LIVE;
}
