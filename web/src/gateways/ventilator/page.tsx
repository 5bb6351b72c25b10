/** The page of one ventilator. */

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
          <p class="unit-reason" data-testid="unit-reason">
            {unit.reason}
          </p>
          <p class="unit-facts">
            <span>Ventilator{unit.simulated && " (simulated)"}</span>
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

/** How fast samples come and how old the last one is. */
function SampleAge({ feed, liveness }: { feed: UnitFeed; liveness: Liveness }) {
  const { session } = usePage();
  useTicking(500);
  const age = ageOf(session, feed);
  const rate = 1 / feed.clock.period;
  const rateText = Number.isNaN(rate) || !liveness.isLive ? "" : `${rate >= 10 ? Math.round(rate) : rate.toFixed(1)} samples/s, `;
  return (
    <span data-testid="sample-age">
      {Number.isNaN(age) ? "no sample yet" : `${rateText}${durationText(age)} old`}
    </span>
  );
}
