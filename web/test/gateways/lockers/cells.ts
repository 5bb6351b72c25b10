/** Cells and boards for tests. */

import type { BoardState, LockerCell } from "../../../src/gateways/lockers/board";

export const NOW = Date.parse("2026-01-01T12:00:00Z");

export function cell(number: number, changes: Partial<LockerCell> = {}): LockerCell {
  return {
    cell: number,
    row: 0,
    column: number - 1,
    lock: true,
    phase: "free",
    engaged: false,
    label: "",
    set_by: "",
    set_at: null,
    expires_at: null,
    minutes: 0,
    opened_at: null,
    last_event: null,
    ...changes,
  };
}

/** A cabinet numbered as the protocol says: left to right, then down. */
export function board(columns: number, rows: number, changes: Partial<BoardState> = {}): BoardState {
  const cells = Array.from({ length: columns * rows }, (_, index) =>
    cell(index + 1, { row: Math.floor(index / columns), column: index % columns }),
  );
  return {
    columns,
    rows,
    numbering: "matrix",
    cells,
    block: { wanted: false, confirmed: true },
    reboot: null,
    pending: { is: false, reason: "" },
    states: [0],
    flags: [],
    ...changes,
  };
}

export const inMinutes = (minutes: number): string => new Date(NOW + minutes * 60_000).toISOString();
