/** What stands beside the meters: exceptions, configuration, timing, raw traffic. */

import { useState } from "preact/hooks";

import { useCell } from "../../cell";
import { plural, timeText } from "../../format";
import { Segments } from "../../parts/segments";
import { Age } from "./age";
import { configRows, featuresOf } from "./config_rows";
import { frameText } from "./frames";
import type { Timing } from "./machine";
import type { MachineFeed } from "./machine_feed";
import { boundAt, countsText, msText } from "./timing";
import { hexByte } from "./words";

export function Exceptions({ feed }: { feed: MachineFeed }) {
  const exceptions = useCell(feed.exceptions);
  return (
    <section class="panel" aria-label="Exceptions" data-testid="exceptions">
      <div class="panel-head">
        <h2>Exceptions</h2>
        <span class="quiet">newest first</span>
      </div>
      {exceptions.length ? (
        <ol class="slot-exceptions">
          {exceptions.map((one) => (
            <li key={`${one.number} ${one.at}`} data-code={hexByte(one.code)}>
              <code>{hexByte(one.code)}</code>
              <span>
                {one.text}
                {one.away && (
                  <span class="tag" title="told later: nobody listened when it happened">
                    late
                  </span>
                )}
              </span>
              <span class="quiet">
                <Age at={one.at} />
              </span>
            </li>
          ))}
        </ol>
      ) : (
        <p class="empty-line">None heard yet; the events of this machine have the older ones.</p>
      )}
    </section>
  );
}

export function Configuration({ feed }: { feed: MachineFeed }) {
  const config = useCell(feed.config) ?? {};
  const status = useCell(feed.status);
  const rows = configRows(config, status?.denomination_cents ?? null);
  const features = featuresOf(config);
  return (
    <section class="panel" aria-label="Configuration" data-testid="configuration">
      <div class="panel-head">
        <h2>Configuration</h2>
        <span class="quiet">as the machine told it</span>
      </div>
      {rows.length || features.length ? (
        <dl class="slot-rows">
          {rows.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
          {features.map(({ name, has }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{has ? "yes" : "no"}</dd>
            </div>
          ))}
        </dl>
      ) : (
        <p class="empty-line">The machine has not been asked yet.</p>
      )}
    </section>
  );
}

export function TimingPanel({ feed, isNow }: { feed: MachineFeed; isNow: boolean }) {
  const timing = useCell(feed.timing);
  return (
    <section class={`panel ${isNow ? "" : "not-live"}`} aria-label="Timing" data-testid="timing">
      <div class="panel-head">
        <h2>Timing of polls</h2>
        <span class="quiet">{isNow ? "of the last measurement" : "as last measured"}</span>
      </div>
      {timing ? <TimingTable timing={timing} isNow={isNow} /> : <p class="empty-line">Not measured yet.</p>}
    </section>
  );
}

function TimingTable({ timing, isNow }: { timing: Timing; isNow: boolean }) {
  const rows = [
    ["Turn-around", timing.turn_around, timing.turn_around_max_s],
    ["Lateness", timing.lateness, timing.late_max_s],
    ["Held for the disk", timing.held, null],
  ] as const;
  return (
    <div class={isNow ? "" : "slot-was"}>
      <table class="slot-table">
        <thead>
          <tr>
            <th scope="col">At most</th>
            <th scope="col" class="slot-number">
              half
            </th>
            <th scope="col" class="slot-number">
              99 %
            </th>
            <th scope="col" class="slot-number">
              all
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, counts, longest]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {[0.5, 0.99, 1].map((share) => (
                <td key={share} class="slot-number">
                  {msText(boundAt(counts, timing.bounds_s, longest, share))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="panel-foot">{countsText(timing.counts) || "no polls"}</p>
    </div>
  );
}

export function Frames({ feed, isNow }: { feed: MachineFeed; isNow: boolean }) {
  useCell(feed.framesHeard);
  const [which, setWhich] = useState("telling");
  const frames = (which === "telling" ? feed.telling : feed.frames).items;
  return (
    <section class="panel" aria-label="Raw frames" data-testid="frames">
      <div class="panel-head">
        <h2>Raw frames</h2>
        <span class="quiet">
          {frames.length ? `the last ${plural(frames.length, "frame")}, newest first` : ""}
          {frames.length > 0 && !isNow && "; not live"}
        </span>
        <span class="spring" />
        <Segments
          label="Frames shown"
          value={which}
          options={[
            ["telling", "Not idle"],
            ["all", "All"],
          ]}
          onChange={setWhich}
        />
      </div>
      {frames.length ? (
        <ol class="slot-frames">
          {frames.map((frame, index) => (
            <li key={index}>
              <time dateTime={frame.at}>{timeText(Date.parse(frame.at), true)}</time>
              <span class="slot-way">{frame.outgoing ? "→ to it" : "← from it"}</span>
              <code>{frame.hex}</code>
              <span class="quiet">{frameText(frame)}</span>
            </li>
          ))}
        </ol>
      ) : (
        <p class="empty-line">
          None since this page was opened. Traffic is told only while the gateway's settings have{" "}
          <code>timing.trace = true</code>.
        </p>
      )}
    </section>
  );
}
