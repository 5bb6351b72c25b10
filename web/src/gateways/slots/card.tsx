/** A machine on the overview. */

import { useCell } from "../../cell";
import { Lamps, ToneChip } from "./marks";
import { TileFoot } from "./tile";
import { isHeard, toneOf } from "./tone";
import { useBriefFeed, useIsLinked } from "./use_feed";
import { creditsText, worthText } from "./words";

export function MachineCard({ unit }: { unit: string }) {
  const feed = useBriefFeed(unit);
  const status = useCell(feed.status);
  const isLinked = useIsLinked();
  const isNow = isLinked && isHeard(status);
  if (!status) return <p class="card-empty">Nothing heard yet</p>;
  return (
    <div class="card-body slot-card">
      <div class="card-line">
        <ToneChip tone={toneOf(status)} isNow={isLinked} />
        <span class="quiet">{status.label}</span>
      </div>
      <p class={`slot-tile-credits ${isNow ? "" : "slot-was"}`}>
        <strong>{creditsText(status)}</strong> <span>{worthText(status)}</span>
      </p>
      <Lamps status={status} isNow={isNow} />
      <TileFoot feed={feed} isNow={isNow} />
    </div>
  );
}
