/** What the server shows of one locker board. Types only; there is never a code in it. */

import type { UnitStatus } from "../../protocol";

/** How far the code of a cell is; see `cell_face.ts` for what each means to people. */
export type Phase = "free" | "pending" | "sent" | "confirmed" | "revoking" | "timed_out" | "foreign";

export interface LockerCell {
  /** As painted on the door, from 1. */
  cell: number;
  /** Place in the cabinet, from 0; null for a number outside of it. */
  row: number | null;
  column: number | null;
  /** Whether the board's self-test found a lock; null: not reported. */
  lock: boolean | null;
  phase: Phase;
  /** The board's last report lists the cell as holding a code. */
  engaged: boolean;
  label: string;
  set_by: string;
  set_at: string | null;
  /** Null while a code is set: only the board's own clock ends it. */
  expires_at: string | null;
  /** What the code was set with; 0 without one. */
  minutes: number;
  opened_at: string | null;
  last_event: string | null;
  once?: boolean;
}

/** The topic `gateway/ID/status`. */
export interface BoardStatus extends UnitStatus {
  pending: boolean;
  blocked: boolean;
  columns: number;
  rows: number;
  cells_with_code: number;
  alarms: readonly string[];
  label: string;
}

/** The topic `gateway/ID/board`. */
export interface BoardState {
  columns: number;
  rows: number;
  numbering: "matrix" | "flat";
  cells: readonly LockerCell[];
  /** `confirmed`: the board reports what is wanted. */
  block: { wanted: boolean; confirmed: boolean };
  reboot: { wanted: boolean; replies_left: number } | null;
  pending: { is: boolean; reason: string };
  states: readonly number[];
  flags: readonly string[];
}

/** The topic `gateway/ID/heard`: the last report, about once a second at most. */
export interface Heard {
  at: string | null;
  send: string;
  epoch: number;
  /** What carried the last report: 1 Wi-Fi, 2 GSM, 0 not said. */
  channel: number;
  /** When each channel last carried one. */
  channels: Readonly<Record<string, string>>;
  wifi: number | null;
  gsm: number | null;
  counters: Readonly<Record<string, number>>;
}

/** `STATE` of a board that is blocked, by its own word. */
const STATE_BLOCKED = 3;

export function saysBlocked(board: Pick<BoardState, "states">): boolean {
  return board.states.includes(STATE_BLOCKED);
}

/** Milliseconds since 1970 of the last report; NaN before the first. */
export function heardAt(heard: Heard | null): number {
  return heard?.at ? Date.parse(heard.at) : NaN;
}

/** `hall/1953` → `1953`. */
export function idOf(unit: string): string {
  return unit.slice(unit.indexOf("/") + 1);
}

/** `hall/1953` → `hall`. */
export function gatewayOf(unit: string): string {
  return unit.slice(0, unit.indexOf("/"));
}
