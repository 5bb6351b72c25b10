/** Valves as lamps, and every other reading of the machine as a figure. */

import { useCell } from "../../cell";
import { countText, readingText } from "../../format";
import { isReading, isValve, labelOf, modeText } from "./fields";
import type { UnitFeed } from "./unit_feed";

export function Valves({ feed, isLive }: { feed: UnitFeed; isLive: boolean }) {
  const profile = useCell(feed.profile);
  const values = useCell(feed.sensors)?.sensors;
  const valves = profile?.fields.filter((field) => isValve(field.name)) ?? [];
  if (!valves.length) return null;
  return (
    <section class={`panel ${isLive ? "" : "not-live"}`} aria-labelledby="valves-title" data-testid="valves">
      <div class="panel-head">
        <h2 id="valves-title">Valves</h2>
        {!isLive && <span class="tag">not live</span>}
      </div>
      <ul class="valves">
        {valves.map(({ name }) => {
          const value = values?.[name];
          const text = value === undefined ? "–" : value ? "open" : "shut";
          return (
            <li key={name} class={`valve ${value ? "valve-open" : ""}`} data-testid={name}>
              <span class="valve-lamp" aria-hidden="true" />
              <span class="valve-name">{labelOf(name)}</span>
              <span class="valve-state">{text}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

export function Readings({ feed, isLive }: { feed: UnitFeed; isLive: boolean }) {
  const profile = useCell(feed.profile);
  const values = useCell(feed.sensors)?.sensors;
  if (!profile) return null;
  const mode = values?.["readback_mode"];
  const readings = profile.fields.filter((field) => isReading(field.name));
  return (
    <section class={`panel ${isLive ? "" : "not-live"}`} aria-labelledby="readings-title" data-testid="readings">
      <div class="panel-head">
        <h2 id="readings-title">Readings</h2>
        {mode !== undefined && <span class="tag">{modeText(mode).toLowerCase()}</span>}
        {!isLive && <span class="tag">not live</span>}
      </div>
      <dl class="figures">
        {readings.map(({ name, unit }) => (
          <div key={name}>
            <dt>{labelOf(name)}</dt>
            <dd>
              {readingText(values?.[name])} <span class="quiet">{unit === "ADC counts" ? "cts" : unit}</span>
            </dd>
          </div>
        ))}
      </dl>
      <p class="panel-foot">{unitsNote(readings)}</p>
    </section>
  );
}

function unitsNote(fields: readonly { unit: string }[]): string {
  const isRaw = fields.some((field) => field.unit === "ADC counts");
  return isRaw ? "cts = ADC counts, as the controller sends them; their scale is not known." : "";
}

const COUNTERS: Record<string, string> = {
  samples: "Samples",
  alarms: "Alarm frames",
  other: "Other frames",
  repeated: "Repeated frames",
  refused: "Frames refused",
  noise: "Noise on the line",
  undelivered: "Not delivered",
};

/** Counters in which anything but zero is worth a look. */
const TROUBLES = new Set(["refused", "noise", "undelivered"]);

export function LineCounters({ feed }: { feed: UnitFeed }) {
  const counters = useCell(feed.status)?.counters;
  if (!counters) return null;
  return (
    <section class="panel" aria-labelledby="line-title" data-testid="line">
      <div class="panel-head">
        <h2 id="line-title">Line</h2>
        <span class="quiet">since the start</span>
      </div>
      <dl class="figures">
        {Object.entries(counters).map(([name, count]) => (
          <div key={name} class={TROUBLES.has(name) && count > 0 ? "figure-warn" : ""}>
            <dt>{COUNTERS[name] ?? labelOf(name)}</dt>
            <dd>{countText(count)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
