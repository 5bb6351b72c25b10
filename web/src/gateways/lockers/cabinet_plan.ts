/** Where each cell stands in the cabinet, how large the doors are drawn, and where an arrow key leads. */

import type { BoardState, LockerCell } from "./board";

export interface Plan {
  columns: number;
  rows: number;
  /** Row by row, as the doors stand; null where no cell is. */
  grid: readonly (readonly (LockerCell | null)[])[];
  /** Cells that the board names although they are not in the cabinet. */
  outside: readonly LockerCell[];
}

export function planOf(board: Pick<BoardState, "columns" | "rows" | "cells">): Plan {
  const { columns, rows } = board;
  const grid = Array.from({ length: rows }, () => new Array<LockerCell | null>(columns).fill(null));
  const outside: LockerCell[] = [];
  for (const cell of board.cells) {
    const row = cell.row === null ? undefined : grid[cell.row];
    if (row && cell.column !== null && cell.column >= 0 && cell.column < columns) row[cell.column] = cell;
    else outside.push(cell);
  }
  return { columns, rows, grid, outside };
}

export type DoorSize = "large" | "medium" | "small";

export interface Doors {
  size: DoorSize;
  width: number;
  height: number;
  /** The cabinet is wider than its place, and is scrolled. */
  isCut: boolean;
}

// Below this a finger no longer finds a door; a wider cabinet is scrolled.
const WIDTH_MIN = 34;
// Above this a small cabinet looks like a poster.
const WIDTH_MAX = 112;
// From this width a door has room for a label, or for its mark beside the number.
const WIDTH_LARGE = 68;
const WIDTH_MEDIUM = 44;
export const DOOR_GAP = 4;

/** How large the doors are drawn in a place of this width (pixels). */
export function doorsOf(placeWidth: number, columns: number): Doors {
  const each = Math.floor((placeWidth - DOOR_GAP * (columns - 1)) / Math.max(1, columns));
  const width = Math.max(WIDTH_MIN, Math.min(WIDTH_MAX, each));
  const isCut = each < WIDTH_MIN;
  if (width >= WIDTH_LARGE) return { size: "large", width, height: Math.round(width * 0.74), isCut };
  if (width >= WIDTH_MEDIUM) return { size: "medium", width, height: Math.round(width * 0.9), isCut };
  return { size: "small", width, height: Math.round(width * 1.16), isCut };
}

/** The cell that a key leads to from another; null when the key is none of ours or leads nowhere. */
export function cellByKey(plan: Plan, from: number, key: string, withControl: boolean): number | null {
  const place = placeOf(plan, from);
  if (!place) return null;
  const [row, column] = place;
  switch (key) {
    case "ArrowLeft":
      return firstOn(plan, row, column, 0, -1);
    case "ArrowRight":
      return firstOn(plan, row, column, 0, 1);
    case "ArrowUp":
      return firstOn(plan, row, column, -1, 0);
    case "ArrowDown":
      return firstOn(plan, row, column, 1, 0);
    case "Home":
      return firstOn(plan, withControl ? 0 : row, -1, 0, 1);
    case "End":
      return firstOn(plan, withControl ? plan.rows - 1 : row, plan.columns, 0, -1);
    default:
      return null;
  }
}

/** The first cell from a place in a direction, the place itself left out. */
function firstOn(plan: Plan, row: number, column: number, down: number, right: number): number | null {
  let [y, x] = [row + down, column + right];
  while (y >= 0 && y < plan.rows && x >= 0 && x < plan.columns) {
    const cell = plan.grid[y]?.[x];
    if (cell) return cell.cell;
    [y, x] = [y + down, x + right];
  }
  return null;
}

function placeOf(plan: Plan, number: number): [row: number, column: number] | null {
  for (const [row, cells] of plan.grid.entries()) {
    const column = cells.findIndex((cell) => cell?.cell === number);
    if (column >= 0) return [row, column];
  }
  return null;
}
