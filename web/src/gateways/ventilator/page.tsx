/** The page of one ventilator. */

import { useRef } from "preact/hooks";

import { useCell } from "../../cell";
import { durationText } from "../../format";
import { usePage } from "../../parts/context";
import { EventsPanel } from "../../parts/events";
import { StateChip } from "../../parts/lamp";
import { useTicking } from "../../parts/ticking";
import type { Unit } from "../../session";
import { Alarms } from "./alarms";
import { Controls } from "./controls";
import type { Liveness } from "./liveness";
import { LineCounters, Readings, Valves } from "./machine_state";
import type { UnitFeed } from "./unit_feed";
import { ageOf, useLiveness, useUnitFeed } from "./use_feed";
import { Waveforms } from "./waveforms";

export function VentilatorPage({ unit }: { unit: Unit }) {
  const feed = useUnitFeed(unit.unit);
  const liveness = useLiveness(feed);
  return (
    <article class="unit-page" data-testid="unit-page">
      <header class="unit-head">
        <div class="unit-title">
          <h1>{unit.unit}</h1>
          <StateChip state={unit.state} testId="unit-state" />
          {unit.simulated && <span class="tag tag-simulated">simulated data</span>}
          <p class="unit-reason" data-testid="unit-reason">
            {unit.reason}
          </p>
          <p class="unit-facts">
            Ventilator
            <ProfileVersion feed={feed} />
            <SampleAge feed={feed} liveness={liveness} />
            <span class="not-medical">Lab device data; not a medical device.</span>
          </p>
        </div>
        <Controls feed={feed} />
      </header>
      <div class="unit-grid">
        <div class="unit-main">
          <Waveforms feed={feed} liveness={liveness} />
          <EventsPanel filter={{ unit: unit.unit }} title="Events of this unit" />
        </div>
        <div class="unit-side">
          <Alarms feed={feed} />
          <Valves feed={feed} isLive={liveness.isLive} />
          <Readings feed={feed} isLive={liveness.isLive} />
          <LineCounters feed={feed} />
        </div>
      </div>
    </article>
  );
}

function ProfileVersion({ feed }: { feed: UnitFeed }) {
  const profile = useCell(feed.profile);
  if (!profile) return null;
  return <span title="version byte of the serial protocol">protocol 0x{profile.version.toString(16).toUpperCase()}</span>;
}

/** How fast samples come and how old the last one is; the rate is counted over the last second or two. */
function SampleAge({ feed, liveness }: { feed: UnitFeed; liveness: Liveness }) {
  const { session } = usePage();
  const counted = useRef({ end: feed.ring?.end ?? 0, at: performance.now(), rate: NaN });
  useTicking(500);
  const now = performance.now();
  const last = counted.current;
  if (now - last.at >= 1500) {
    const end = feed.ring?.end ?? 0;
    counted.current = { end, at: now, rate: ((end - last.end) / (now - last.at)) * 1000 };
  }
  const age = ageOf(session, feed);
  if (Number.isNaN(age)) return <span data-testid="sample-age">no sample yet</span>;
  if (!liveness.isLive) return <span data-testid="sample-age">last sample {durationText(age)} ago</span>;
  const rate = counted.current.rate;
  return (
    <span data-testid="sample-age">
      {Number.isNaN(rate) ? "" : `${rate >= 10 ? Math.round(rate) : rate.toFixed(1)} samples/s, `}last {durationText(age)}{" "}
      ago
    </span>
  );
}
