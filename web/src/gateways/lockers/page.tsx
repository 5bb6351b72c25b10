/** The page of one locker board. */

import { useEffect, useRef, useState } from "preact/hooks";

import { useCell } from "../../cell";
import { durationText, momentText, plural } from "../../format";
import { usePage } from "../../parts/context";
import { StateChip } from "../../parts/lamp";
import { hashOf } from "../../places";
import type { Unit } from "../../session";
import { Approval } from "./approval";
import { gatewayOf, heardAt, idOf, saysBlocked } from "./board";
import { BoardControls } from "./board_controls";
import type { BoardFeed } from "./board_feed";
import { Cabinet } from "./cabinet";
import { CellPanel } from "./cell_panel";
import { BoardAlarms, Channels, ReportAge } from "./condition";
import { BoardHistory } from "./history";
import { useBoard, useIsLive, useServerNow } from "./use_board";

export function LockerPage({ unit }: { unit: Unit }) {
  const feed = useBoard(unit.unit);
  const status = useCell(feed.status);
  const board = useCell(feed.board);
  const isLive = useIsLive(feed);
  const [chosen, choose] = useState<number | null>(null);
  const panel = useRef<HTMLDivElement>(null);
  // On a narrow page the cell stands below the cabinet; whoever touches a door wants to see it.
  useEffect(() => {
    if (chosen !== null) panel.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <article class="unit-page locker-page" data-testid="unit-page">
      <header class="unit-head">
        <div class="unit-title">
          <h1>
            <a class="up" href={hashOf({ at: "gateway", gateway: gatewayOf(unit.unit) })}>
              {gatewayOf(unit.unit)}/
            </a>
            {idOf(unit.unit)}
          </h1>
          {status?.label && <span class="locker-label">{status.label}</span>}
          <StateChip state={unit.state} testId="unit-state" />
          <p class="unit-reason" data-testid="unit-reason">
            {unit.reason}
          </p>
          <p class="unit-facts">
            <span>Locker board{unit.simulated && " (simulated)"}</span>
            {board && board.columns > 0 && (
              <span>
                {board.columns} × {board.rows} cells
              </span>
            )}
            {status && <span data-testid="codes">{plural(status.cells_with_code, "code")}</span>}
            <ReportAge feed={feed} />
          </p>
        </div>
        <BoardControls feed={feed} />
      </header>
      <Approval feed={feed} />
      <div class="unit-grid">
        <div class="unit-main">
          <CabinetPanel feed={feed} isLive={isLive} chosen={chosen} onChoose={choose} />
          <BoardHistory unit={unit.unit} onCell={choose} />
        </div>
        <div class="unit-side">
          <BoardAlarms feed={feed} />
          <div class="cell-place" ref={panel}>
            <CellPanel
              unit={unit.unit}
              cell={board?.cells.find((one) => one.cell === chosen)}
              isLive={isLive}
              onLeave={() => choose(null)}
            />
          </div>
          <Channels feed={feed} />
        </div>
      </div>
    </article>
  );
}

interface CabinetPanelProps {
  feed: BoardFeed;
  isLive: boolean;
  chosen: number | null;
  onChoose(cell: number): void;
}

// "Opened just now" and the time that codes have left change slowly.
const CABINET_MS = 5_000;

function CabinetPanel({ feed, isLive, chosen, onChoose }: CabinetPanelProps) {
  const board = useCell(feed.board);
  const now = useServerNow(CABINET_MS);
  const hasLayout = board !== null && board.columns > 0 && board.rows > 0;
  return (
    <section
      class={`panel cabinet-panel ${isLive ? "" : "not-live"}`}
      aria-labelledby="cabinet-title"
      data-testid="cabinet-panel"
      data-live={isLive}
    >
      <div class="panel-head">
        <h2 id="cabinet-title">Cabinet</h2>
        <OldNote feed={feed} isLive={isLive} />
        <span class="spring" />
        {board && saysBlocked(board) && <span class="tag tag-blocked">blocked</span>}
        {board?.numbering === "flat" && <span class="tag">numbered flat</span>}
      </div>
      {hasLayout ? (
        <Cabinet unit={feed.unit} board={board} chosen={chosen} isLive={isLive} now={now} onChoose={onChoose} />
      ) : (
        <p class="empty-line" data-testid="no-layout">
          {board
            ? "The board has not told its columns and rows yet; the cabinet is drawn from them."
            : "Nothing has been heard of this board yet."}
        </p>
      )}
    </section>
  );
}

/** What is shown is how it was: since when, in words. */
function OldNote({ feed, isLive }: { feed: BoardFeed; isLive: boolean }) {
  const { session } = usePage();
  const heard = useCell(feed.heard);
  const isLinked = useCell(session.live.status).phase === "connected";
  const now = useServerNow(1000);
  if (isLive) return null;
  const at = heardAt(heard);
  const age = `as of ${momentText(at, now)}, ${durationText((now - at) / 1000)} ago`;
  const parts = ["not live", ...(Number.isNaN(at) ? [] : [age])].join(": ");
  return (
    <span class="old-note" role="status" data-testid="stale">
      {isLinked ? parts : `${parts}; not connected to lineside`}
    </span>
  );
}
