/** How a cell looks: one mark and one word per state, so that colour only repeats what the shape says. */

import { momentText } from "../../format";
import type { LockerCell, Phase } from "./board";

export type Look = Phase | "no_lock";

export interface Face {
  look: Look;
  word: string;
  /** Opened so lately that somebody may still stand in front of it. */
  isOpenedNow: boolean;
  /** A cell in use although the self-test finds no lock there. */
  lacksLock: boolean;
}

/** In the order of the legend. */
export const LOOKS: readonly Look[] = [
  ...(["free", "pending", "sent", "confirmed", "revoking", "timed_out", "foreign", "no_lock"] as const),
];

export const WORDS: Record<Look, string> = {
  free: "free",
  pending: "waiting",
  sent: "sent",
  confirmed: "code set",
  revoking: "revoking",
  timed_out: "timed out",
  foreign: "foreign code",
  no_lock: "no lock",
};

const MEANINGS: Record<Look, string> = {
  free: "No code opens this cell.",
  pending: "A code is set here; it goes to the board with the reply to its next report.",
  sent: "The code went out; the board's next report will tell whether it holds it.",
  confirmed: "The board holds the code: its own report lists the cell.",
  revoking: "The code is taken back; until the board's next report it may still open the cell.",
  timed_out: "The time ran out; no code opens this cell any more.",
  foreign: "The board reports a code here that lineside never set.",
  no_lock: "The board's self-test finds no lock here.",
};

// Long enough to walk over and look; after that it is history.
export const OPENED_NOW_MS = 60_000;

export function faceOf(cell: LockerCell, now: number): Face {
  const look = cell.phase === "free" && cell.lock === false ? "no_lock" : cell.phase;
  const openedAt = cell.opened_at ? Date.parse(cell.opened_at) : NaN;
  return {
    look,
    word: WORDS[look] ?? look,
    isOpenedNow: now - openedAt < OPENED_NOW_MS,
    lacksLock: cell.lock === false && look !== "no_lock",
  };
}

/** What the state of a cell means, in a sentence. */
export function meaningOf(look: Look): string {
  return MEANINGS[look] ?? "";
}

/** Whether a code of ours is set here, also one that has not reached the board. */
export function hasCode(cell: LockerCell): boolean {
  return cell.phase === "pending" || cell.phase === "sent" || cell.phase === "confirmed";
}

/** The time that a code has left, as short as a door is wide: `3 d`, `5 h`, `12 m`; empty without a code. */
export function restText(cell: LockerCell, now: number): string {
  if (!hasCode(cell) || !cell.expires_at) return "";
  const minutes = Math.ceil((Date.parse(cell.expires_at) - now) / 60_000);
  if (Number.isNaN(minutes)) return "";
  if (minutes <= 0) return "over";
  if (minutes < 100) return `${minutes} m`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h`;
  return `${Math.round(minutes / 1440)} d`;
}

/** The cell in one sentence, for those who hear the page. */
export function spokenCell(cell: LockerCell, now: number): string {
  const face = faceOf(cell, now);
  const parts = [`Cell ${cell.cell}: ${face.word}`];
  if (cell.label) parts.push(cell.label);
  if (hasCode(cell) && cell.expires_at) parts.push(`until ${momentText(cell.expires_at, now)}`);
  if (face.isOpenedNow) parts.push("opened just now");
  if (face.lacksLock) parts.push("no lock found");
  return parts.join(", ");
}

/** How many cells have each look. */
export function countLooks(cells: readonly LockerCell[], now: number): Map<Look, number> {
  const counts = new Map<Look, number>();
  for (const cell of cells) {
    const { look } = faceOf(cell, now);
    counts.set(look, (counts.get(look) ?? 0) + 1);
  }
  return counts;
}
