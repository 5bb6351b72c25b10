/** The marks of a time axis: round times of day in the reader's zone. */

import { timeText } from "../../format";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const SHORT_STEPS = [5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE];
const LONG_STEPS = [HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR];
const STEPS = [...SHORT_STEPS, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, ...LONG_STEPS];

// Less room than this (in CSS pixels) between two marks and their texts would touch.
const ROOM = 64;

export interface Tick {
  at: number;
  /** From 0 (left) to 1. */
  place: number;
  text: string;
}

// A table that was made a moment ago still gets this much.
const WINDOW_MS_MIN = MINUTE;

/** The time that a strip shows: `sizeMs` up to now, or all of a table that is younger than that. */
export function windowOf(now: number, sizeMs: number, madeAt: number): { from: number; to: number } {
  const young = Math.max(WINDOW_MS_MIN, now - madeAt);
  return { from: now - Math.min(sizeMs, young), to: now };
}

/** The marks between two times, as many as `width` has room for. */
export function ticksOf(from: number, to: number, width: number): Tick[] {
  const wanted = ((to - from) * ROOM) / Math.max(width, ROOM);
  const step = STEPS.find((one) => one >= wanted) ?? STEPS.at(-1)!;
  const found: Tick[] = [];
  // Steps are counted from local midnight, so that they are round for who reads them.
  const midnight = new Date(from);
  midnight.setHours(0, 0, 0, 0);
  const start = midnight.getTime();
  // A mark whose text would be cut off at the right end is left out.
  const last = to - ((to - from) * ROOM) / (2 * Math.max(width, ROOM));
  for (let at = start + Math.ceil((from - start) / step) * step; at <= last; at += step) {
    found.push({ at, place: (at - from) / (to - from), text: step < MINUTE ? timeText(at) : timeText(at).slice(0, 5) });
  }
  return found;
}
