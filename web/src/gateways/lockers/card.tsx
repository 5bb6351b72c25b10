/** A locker board on the overview: its cabinet in small, its codes and what is not as usual. */

import { useCell } from "../../cell";
import { durationText } from "../../format";
import { channelName } from "./alarm_words";
import { heardAt } from "./board";
import { MiniMap } from "./mini_map";
import { CodesText, Fill, Marks } from "./tile";
import { useBoard, useIsLive, useServerNow } from "./use_board";

export function LockerCard({ unit }: { unit: string }) {
  const feed = useBoard(unit);
  const status = useCell(feed.status);
  const heard = useCell(feed.heard);
  const isLive = useIsLive(feed);
  const now = useServerNow(1000);
  if (!status) return <p class="card-empty">Nothing heard yet</p>;
  const { alarms, pending, blocked, columns, rows, cells_with_code: codes, label } = status;
  return (
    <div class={`card-body locker-card ${isLive ? "" : "not-live"}`}>
      <div class="tile-middle">
        <MiniMap unit={unit} now={now} />
        <span class="tile-facts">
          {label && <span>{label}</span>}
          <CodesText codes={codes} cells={columns * rows} />
          <Marks entry={{ alarms, pending, blocked }} inWords />
        </span>
      </div>
      <Fill codes={codes} cells={columns * rows} />
      <div class="card-line">
        <span>{heard ? channelName(heard.channel) : ""}</span>
        <span class="quiet">{heard?.at ? `${durationText((now - heardAt(heard)) / 1000)} ago` : "no report yet"}</span>
      </div>
    </div>
  );
}
