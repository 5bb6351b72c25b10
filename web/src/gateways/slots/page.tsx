/** The page of one machine. */

import { useCell } from "../../cell";
import { momentText, plural } from "../../format";
import { EventsPanel } from "../../parts/events";
import { hashOf } from "../../places";
import type { Unit } from "../../session";
import { Controls } from "./controls";
import type { MachineFeed } from "./machine_feed";
import { Lamps, ToneChip } from "./marks";
import { Meters } from "./meters";
import { Configuration, Exceptions, Frames, TimingPanel } from "./panels";
import { isHeard, toneOf, whyOf } from "./tone";
import { useIsLinked, useMachineFeed } from "./use_feed";
import { creditsText, worthText } from "./words";

export function MachinePage({ unit }: { unit: Unit }) {
  const feed = useMachineFeed(unit.unit);
  const status = useCell(feed.status);
  const isLinked = useIsLinked();
  const isNow = isLinked && isHeard(status);
  return (
    <article class="unit-page slot-page" data-testid="unit-page" data-live={isNow}>
      <Head unit={unit} feed={feed} isLinked={isLinked} />
      <div class="unit-grid">
        <div class="unit-main">
          <Credits feed={feed} isNow={isNow} />
          <Meters feed={feed} isNow={isNow} />
          <Frames feed={feed} isNow={isNow} />
          <EventsPanel filter={{ unit: unit.unit }} title="Events of this machine" />
        </div>
        <div class="unit-side">
          <Exceptions feed={feed} />
          <TimingPanel feed={feed} isNow={isNow} />
          <Configuration feed={feed} />
        </div>
      </div>
    </article>
  );
}

function Head({ unit, feed, isLinked }: { unit: Unit; feed: MachineFeed; isLinked: boolean }) {
  const status = useCell(feed.status);
  const tone = toneOf(status);
  return (
    <header class={`unit-head ${isLinked ? "" : "not-live"}`}>
      <div class="unit-title">
        <h1>{status?.label || unit.unit}</h1>
        {isLinked ? <ToneChip tone={tone} isNow testId="unit-tone" /> : <span class="tag">not live</span>}
        <p class="unit-reason" data-testid="unit-reason">
          {whyOf(status) || unit.reason}
        </p>
        <p class="unit-facts">
          <a class="more" href={hashOf({ at: "gateway", gateway: unit.gateway })}>
            all machines of {unit.gateway}
          </a>
          <span>Slot machine{status?.label && ` ${unit.unit}`}</span>
          {status && (
            <span data-testid="link">
              link {status.link || "waiting"} since {momentText(status.since)}
              {status.phase === "starting" && ", starting"}
            </span>
          )}
          {status && <span>{plural(status.exceptions, "exception")} recorded</span>}
          {unit.simulated && (
            <span class="tag tag-simulated" data-testid="played">
              played by a simulator: play credits, no money
            </span>
          )}
        </p>
      </div>
      <Controls feed={feed} />
    </header>
  );
}

function Credits({ feed, isNow }: { feed: MachineFeed; isNow: boolean }) {
  const status = useCell(feed.status);
  return (
    <section class={`panel slot-head ${isNow ? "" : "not-live"}`} aria-label="Credits and lamps">
      <p class={`slot-credits ${isNow ? "" : "slot-was"}`}>
        <strong data-testid="credits">{creditsText(status)}</strong>
        <span>{worthText(status)}</span>
        {!isNow && <span class="tag">as last heard</span>}
      </p>
      {status && <Lamps status={status} isNow={isNow} />}
    </section>
  );
}
