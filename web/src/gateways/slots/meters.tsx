/** The meters of a machine, with what they did while this page is open. */

import { useState } from "preact/hooks";

import { useCell } from "../../cell";
import { plural } from "../../format";
import { Segments } from "../../parts/segments";
import { Age } from "./age";
import type { Meter } from "./machine";
import type { MachineFeed } from "./machine_feed";
import { sparkPoints } from "./spark";
import { hexByte, meterText, meterTitle, unitText } from "./words";

export function Meters({ feed, isNow }: { feed: MachineFeed; isNow: boolean }) {
  const meters = useCell(feed.meters) ?? [];
  const [which, setWhich] = useState("moved");
  const moved = meters.filter((meter) => meter.value !== 0 || feed.trails.of(meter.code).length > 1);
  const shown = which === "moved" ? moved : meters;
  return (
    <section class={`panel ${isNow ? "" : "not-live"}`} aria-label="Meters" data-testid="meters">
      <div class="panel-head">
        <h2>Meters</h2>
        <span class="quiet">{isNow ? plural(meters.length, "meter") : "as last read"}</span>
        <span class="spring" />
        <Segments
          label="Meters shown"
          value={which}
          options={[
            ["moved", "Not zero"],
            ["all", "All"],
          ]}
          onChange={setWhich}
        />
      </div>
      {shown.length ? (
        <div class={`slot-scroll ${isNow ? "" : "slot-was"}`}>
          <table class="slot-table">
            <thead>
              <tr>
                <th scope="col">Meter</th>
                <th scope="col" class="slot-number">
                  Value
                </th>
                <th scope="col">Unit</th>
                <th scope="col">While open</th>
                <th scope="col">Last change</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((meter) => (
                <MeterRow key={meter.code} meter={meter} trail={feed.trails.of(meter.code)} />
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <p class="empty-line">{meters.length ? "All meters stand at zero." : "No meter has been read yet."}</p>
      )}
    </section>
  );
}

function MeterRow({ meter, trail }: { meter: Meter; trail: readonly number[] }) {
  return (
    <tr data-testid={`meter-${meter.name}`} data-value={meter.value}>
      <th scope="row" title={`code ${hexByte(meter.code)}`}>
        {meterTitle(meter)}
      </th>
      <td class="slot-number">{meterText(meter)}</td>
      <td class="quiet">{unitText(meter.unit)}</td>
      <td>
        <Spark values={trail} />
      </td>
      <td class="quiet">
        <Age at={meter.at} />
      </td>
    </tr>
  );
}

const WIDTH = 88;
const HEIGHT = 16;

function Spark({ values }: { values: readonly number[] }) {
  const points = sparkPoints(values, WIDTH, HEIGHT);
  if (!points) return <span class="quiet">unchanged</span>;
  return (
    <svg
      class="slot-spark"
      viewBox={`-1 -1 ${WIDTH + 2} ${HEIGHT + 2}`}
      width={WIDTH}
      height={HEIGHT + 2}
      role="img"
      aria-label={`${values.length - 1} changes while this page is open`}
    >
      <polyline points={points} />
    </svg>
  );
}
