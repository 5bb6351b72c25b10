/** One machine on the floor. */

import { useCell } from "../../cell";
import { countText } from "../../format";
import { hashOf } from "../../places";
import { Age } from "./age";
import type { MachineFeed } from "./machine_feed";
import { Lamps, ToneChip } from "./marks";
import { isHeard, toneOf, whyOf } from "./tone";
import { useIsLinked } from "./use_feed";
import { creditsText, GAMES_PLAYED, meterValue, worthText } from "./words";

export function Tile({ feed }: { feed: MachineFeed }) {
  const status = useCell(feed.status);
  const isLinked = useIsLinked();
  const tone = toneOf(status);
  const isNow = isLinked && isHeard(status);
  if (!status) return null;
  return (
    <li
      class={`panel slot-tile slot-tone-${tone} ${isLinked ? "" : "not-live"}`}
      data-testid={`tile-${feed.name}`}
      data-tone={tone}
      data-live={isNow}
    >
      <header class="slot-tile-head">
        <a class="slot-tile-link" href={hashOf({ at: "unit", unit: feed.unit })}>
          {status.label || `Machine ${feed.name}`}
        </a>
        {status.label && <span class="quiet">{feed.name}</span>}
        <span class="spring" />
        {status.simulated && <span class="tag tag-simulated">simulated</span>}
        <ToneChip tone={tone} isNow={isLinked} />
      </header>
      <p class="slot-tile-why" data-testid="tile-reason" title={whyOf(status)}>
        {whyOf(status)}
      </p>
      <p class={`slot-tile-credits ${isNow ? "" : "slot-was"}`}>
        <strong data-testid="tile-credits">{creditsText(status)}</strong> <span>{worthText(status)}</span>
      </p>
      <Lamps status={status} isNow={isNow} />
      <TileFoot feed={feed} isNow={isNow} />
    </li>
  );
}

/** What the machine told last, and its games. */
export function TileFoot({ feed, isNow }: { feed: MachineFeed; isNow: boolean }) {
  const last = useCell(feed.exceptions)[0];
  const games = meterValue(useCell(feed.meters), GAMES_PLAYED);
  return (
    <footer class="slot-tile-foot">
      <span class="slot-tile-last">
        {last ? (
          <>
            {last.text}, <Age at={last.at} />
          </>
        ) : (
          "no exception heard yet"
        )}
      </span>
      <span class="quiet" data-testid="tile-games">
        {games === null ? "games not read" : `${countText(games)} games${isNow ? "" : " then"}`}
      </span>
    </footer>
  );
}
