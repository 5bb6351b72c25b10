/** The cabinet as a picture of a few pixels per door, for tiles and cards. */

import { useMemo } from "preact/hooks";

import { useCell } from "../../cell";
import type { BoardState } from "./board";
import { planOf } from "./cabinet_plan";
import { countLooks, faceOf, type Look, WORDS } from "./cell_face";
import { useBoard } from "./use_board";

const STEP = 10;
// A cabinet of one cell is not drawn a hand high.
const SIDE_MIN = 3;

/** From which shape on a cabinet is drawn as wide as there is room beside words, and from which above them. */
const BROAD = 1.35;
const LONG = 5;

// "Opened just now" ends so late at most; a picture of hundreds of doors is not drawn anew every second.
const DRAW_MS = 5_000;

export function MiniMap({ unit, now }: { unit: string; now: number }) {
  const board = useCell(useBoard(unit).board);
  const seldom = Math.floor(now / DRAW_MS) * DRAW_MS;
  return useMemo(
    () => (board?.columns && board.rows ? <Picture board={board} now={seldom} /> : <div class="mini-map mini-map-none" />),
    [board, seldom],
  );
}

function Picture({ board, now }: { board: BoardState; now: number }) {
  const { columns, rows, grid } = planOf(board);
  const [width, height] = [Math.max(SIDE_MIN, columns), Math.max(SIDE_MIN, rows)];
  const [left, top] = [((width - columns) * STEP) / 2, ((height - rows) * STEP) / 2];
  const shape = width / height > LONG ? "long" : width / height > BROAD ? "broad" : "tall";
  const spoken = [...countLooks(board.cells, now)].map(([look, count]) => `${count} ${WORDS[look]}`).join(", ");
  return (
    <svg
      class={`mini-map mini-${shape}`}
      viewBox={`0 0 ${width * STEP} ${height * STEP}`}
      role="img"
      aria-label={`Cabinet: ${spoken}`}
    >
      {grid.flatMap((row, y) =>
        row.map((cell, x) => {
          if (!cell) return null;
          const { look, isOpenedNow } = faceOf(cell, now);
          return <MiniDoor key={cell.cell} look={look} x={left + x * STEP} y={top + y * STEP} isOpened={isOpenedNow} />;
        }),
      )}
    </svg>
  );
}

function MiniDoor({ look, x, y, isOpened }: { look: Look; x: number; y: number; isOpened: boolean }) {
  return (
    <g class={`mini look-${look} ${isOpened ? "mini-opened" : ""}`}>
      <rect class="mini-door" x={x + 1} y={y + 1} width={STEP - 2} height={STEP - 2} rx="1.5" />
      {(look === "sent" || look === "pending") && <rect class="mini-half" x={x + 3} y={y + 5} width="4" height="2.5" />}
      {(look === "no_lock" || look === "revoking") && (
        <path class="mini-line" d={`M${x + 2.5} ${y + 7.5}L${x + 7.5} ${y + 2.5}`} />
      )}
    </g>
  );
}
