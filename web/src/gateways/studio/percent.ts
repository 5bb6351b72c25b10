/** Percent up, told so that no outage disappears in the rounding. */

import type { AvailabilityDay } from "./routes";

/** `99.95`, and never `100` unless it was up all the time. */
export function percentText(percent: number | null | undefined): string {
  if (percent === null || percent === undefined) return "–";
  if (percent >= 100) return "100";
  const digits = percent >= 99 ? 2 : percent >= 10 ? 1 : 2;
  const factor = 10 ** digits;
  return (Math.floor(percent * factor) / factor).toFixed(digits);
}

export type Grade = "full" | "good" | "fair" | "poor" | "none";

// Below these shares somebody should look; decided here.
const GOOD_PERCENT = 99;
const FAIR_PERCENT = 95;

export function gradeOf(percent: number | null | undefined): Grade {
  if (percent === null || percent === undefined) return "none";
  if (percent >= 100) return "full";
  if (percent >= GOOD_PERCENT) return "good";
  return percent >= FAIR_PERCENT ? "fair" : "poor";
}

/** The days from the first of which anything is known. */
export function knownDays(days: readonly AvailabilityDay[]): AvailabilityDay[] {
  const isKnown = (day: AvailabilityDay): boolean =>
    day.maintenance_s > 0 || Object.values(day.fields).some((field) => field.percent !== null);
  const first = days.findIndex(isKnown);
  return first < 0 ? [] : days.slice(first);
}

/** Over all days, each by the time for which its state is known. Null without any. */
export function percentOverall(days: readonly AvailabilityDay[], key: string): number | null {
  let known = 0;
  let up = 0;
  for (const day of days) {
    const one = day.fields[key];
    if (!one || one.percent === null) continue;
    known += one.known_s;
    up += (one.known_s * one.percent) / 100;
  }
  return known > 0 ? (up / known) * 100 : null;
}
