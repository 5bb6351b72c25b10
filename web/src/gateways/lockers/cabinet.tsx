/** The cabinet as it stands in the hall: one door per cell, with a legend that also finds cells. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { plural } from "../../format";
import type { BoardState, LockerCell } from "./board";
import { DOOR_GAP, type Doors, cellByKey, doorsOf, planOf } from "./cabinet_plan";
import { countLooks, faceOf, type Look, LOOKS, meaningOf, restText, spokenCell, WORDS } from "./cell_face";
import { Glyph, OpenedGlyph, WarnGlyph } from "./glyphs";
import { MiniMap } from "./mini_map";

interface Props {
  unit: string;
  board: BoardState;
  chosen: number | null;
  isLive: boolean;
  now: number;
  onChoose(cell: number): void;
}

export function Cabinet({ unit, board, chosen, isLive, now, onChoose }: Props) {
  const plan = useMemo(() => planOf(board), [board]);
  const place = useRef<HTMLDivElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  const doors = useDoors(place, plan.columns);
  const [look, setLook] = useState<Look | null>(null);
  // The one door that Tab leads to; arrow keys go on from there.
  const [focused, setFocused] = useState<number | null>(null);
  const first = plan.grid.flat().find((cell) => cell !== null)?.cell;
  const entry = focused ?? chosen ?? first;

  const onKey = (event: KeyboardEvent): void => {
    const from = Number((event.target as HTMLElement).dataset["cell"]);
    const next = cellByKey(plan, from, event.key, event.ctrlKey);
    if (next === null) return;
    event.preventDefault();
    setFocused(next);
    grid.current?.querySelector<HTMLElement>(`[data-cell="${next}"]`)?.focus();
  };

  return (
    <>
      {doors.isCut && (
        <div class="cabinet-whole">
          <MiniMap unit={unit} now={now} />
          <p>The cabinet is wider than this page: scroll it sideways, or walk along with the arrow keys.</p>
        </div>
      )}
      <div class="cabinet-place" ref={place}>
        <div
          class={`cabinet doors-${doors.size}`}
          ref={grid}
          role="grid"
          aria-label={`Cabinet of ${plan.columns} columns and ${plan.rows} rows; arrow keys move, Enter chooses`}
          aria-rowcount={plan.rows}
          aria-colcount={plan.columns}
          data-testid="cabinet"
          style={cabinetStyle(plan.columns, doors)}
          onKeyDown={onKey}
        >
          {plan.grid.map((row, index) => (
            <div class="cabinet-row" role="row" key={index}>
              {row.map((cell, column) =>
                cell ? (
                  <Door
                    key={cell.cell}
                    cell={cell}
                    now={now}
                    isLive={isLive}
                    isChosen={cell.cell === chosen}
                    isEntry={cell.cell === entry}
                    isFaded={look !== null && faceOf(cell, now).look !== look}
                    onChoose={(number) => {
                      setFocused(number);
                      onChoose(number);
                    }}
                  />
                ) : (
                  <span class="door-none" key={`none-${column}`} role="gridcell" />
                ),
              )}
            </div>
          ))}
        </div>
      </div>
      {plan.outside.length > 0 && <Outside cells={plan.outside} chosen={chosen} now={now} onChoose={onChoose} />}
      <Legend cells={board.cells} now={now} look={look} onLook={setLook} />
    </>
  );
}

/** Sizes are set through the object model, which the page's security policy allows; it refuses style attributes. */
function cabinetStyle(columns: number, doors: Doors): Record<string, string> {
  return {
    gridTemplateColumns: `repeat(${columns}, ${doors.width}px)`,
    gridAutoRows: `${doors.height}px`,
    gap: `${DOOR_GAP}px`,
  };
}

// The casing around the doors, both sides.
const CASING_PX = 2 * 10 + 2;
const WIDTH_FIRST = 640;

/** The size of the doors in the room that there is, also after the window has changed. */
function useDoors(place: { current: HTMLElement | null }, columns: number): Doors {
  const [width, setWidth] = useState(WIDTH_FIRST);
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const measure = (): void => {
      const style = getComputedStyle(element);
      setWidth(element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return useMemo(() => doorsOf(width - CASING_PX, columns), [width, columns]);
}

interface DoorProps {
  cell: LockerCell;
  now: number;
  isLive: boolean;
  isChosen: boolean;
  isEntry: boolean;
  isFaded: boolean;
  onChoose(cell: number): void;
}

function Door({ cell, now, isLive, isChosen, isEntry, isFaded, onChoose }: DoorProps) {
  const face = faceOf(cell, now);
  const rest = restText(cell, now);
  const spoken = spokenCell(cell, now);
  const isOpened = face.isOpenedNow && isLive;
  return useMemo(
    () => (
      <button
        type="button"
        role="gridcell"
        class={`locker look-${face.look} ${isOpened ? "door-opened" : ""} ${isFaded ? "door-faded" : ""}`}
        tabIndex={isEntry ? 0 : -1}
        aria-selected={isChosen}
        aria-label={spoken}
        title={spoken}
        data-cell={cell.cell}
        data-look={face.look}
        data-testid={`cell-${cell.cell}`}
        onClick={() => onChoose(cell.cell)}
      >
        <span class="door-number">{cell.cell}</span>
        <span class="door-mark">{isOpened ? <OpenedGlyph /> : <Glyph look={face.look} />}</span>
        <span class="door-text">{cell.label || (face.look === "free" ? "" : face.word)}</span>
        <span class="door-rest">{rest}</span>
        {face.lacksLock && (
          <span class="door-warn">
            <WarnGlyph />
          </span>
        )}
      </button>
    ),
    [face.look, face.lacksLock, isOpened, isChosen, isEntry, isFaded, cell.cell, cell.label, rest, spoken],
  );
}

interface OutsideProps {
  cells: readonly LockerCell[];
  chosen: number | null;
  now: number;
  onChoose(cell: number): void;
}

function Outside({ cells, chosen, now, onChoose }: OutsideProps) {
  return (
    <p class="cabinet-outside" data-testid="outside">
      {plural(cells.length, "cell")} outside of the cabinet:{" "}
      {cells.map((cell) => (
        <button
          type="button"
          class="small"
          key={cell.cell}
          aria-pressed={cell.cell === chosen}
          onClick={() => onChoose(cell.cell)}
        >
          {cell.cell} {faceOf(cell, now).word}
        </button>
      ))}
    </p>
  );
}

interface LegendProps {
  cells: readonly LockerCell[];
  now: number;
  look: Look | null;
  onLook(look: Look | null): void;
}

function Legend({ cells, now, look, onLook }: LegendProps) {
  const counts = countLooks(cells, now);
  return (
    <ul class="legend" aria-label="Marks; choose one to find its cells" data-testid="legend">
      {LOOKS.map((one) => {
        const count = counts.get(one) ?? 0;
        return (
          <li key={one}>
            <button
              type="button"
              class={`legend-entry look-${one} ${count ? "" : "legend-none"}`}
              aria-pressed={look === one}
              title={meaningOf(one)}
              onClick={() => onLook(look === one ? null : one)}
            >
              <Glyph look={one} />
              {WORDS[one]} <span class="legend-count">{count}</span>
            </button>
          </li>
        );
      })}
      <li class="legend-entry">
        <OpenedGlyph />
        opened just now
      </li>
    </ul>
  );
}
