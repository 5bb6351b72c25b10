/** Percentiles of the histograms that the topic `timing` brings. */

import { countText } from "../../format";

/** The bound that at least `share` (0 to 1) of the durations do not exceed, in seconds; null without any. */
export function boundAt(
  counts: readonly number[],
  bounds: readonly number[],
  longest: number | null,
  share: number,
): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (!total) return null;
  let seen = 0;
  for (const [index, bound] of bounds.entries()) {
    seen += counts[index] ?? 0;
    if (seen >= share * total) return longest === null ? bound : Math.min(bound, longest);
  }
  return longest ?? Number.POSITIVE_INFINITY;
}

/** `0.5 ms`, `21 ms`, `1.2 s`; `–` for null. */
export function msText(seconds: number | null): string {
  if (seconds === null) return "–";
  if (!Number.isFinite(seconds)) return "> 1 s";
  if (seconds >= 1) return `${seconds.toFixed(1)} s`;
  const ms = seconds * 1000;
  return `${ms >= 10 ? Math.round(ms) : Number(ms.toPrecision(2))} ms`;
}

const COUNT_WORDS: readonly (readonly [key: string, word: string])[] = [
  ["polls", "polls"],
  ["repeats", "repeated"],
  ["silences", "without answer"],
  ["bad", "bad answers"],
  ["busy", "busy"],
  ["nacks", "NACK"],
  ["events", "events in between"],
  ["strays", "stray bytes"],
];

/** `182 polls, 1 without answer`. */
export function countsText(counts: Readonly<Record<string, number>>): string {
  return COUNT_WORDS.filter(([key]) => counts[key])
    .map(([key, word]) => `${countText(counts[key]!)} ${word}`)
    .join(", ");
}
