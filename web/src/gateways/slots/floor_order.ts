/** Which machines the floor shows, and in what order. */

import { type MachineTone, TONES_WORST_FIRST } from "./tone";

export type FloorOrder = "trouble" | "name";

/** What is needed of a machine to place it. */
export interface FloorEntry {
  unit: string;
  name: string;
  tone: MachineTone;
  /** What else a search may find: label, reason. */
  words: string;
}

export interface FloorFilter {
  /** Null: all. */
  tone: MachineTone | null;
  search: string;
  order: FloorOrder;
}

const names = new Intl.Collator("en", { numeric: true });

const byName = (one: FloorEntry, other: FloorEntry): number => names.compare(one.name, other.name);

const ORDERS: Record<FloorOrder, (one: FloorEntry, other: FloorEntry) => number> = {
  trouble: (one, other) =>
    TONES_WORST_FIRST.indexOf(one.tone) - TONES_WORST_FIRST.indexOf(other.tone) || byName(one, other),
  name: byName,
};

/** The entries that pass the filter, in its order. Every word of the search has to be found. */
export function arranged(entries: readonly FloorEntry[], filter: FloorFilter): FloorEntry[] {
  const wanted = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  const isWanted = (entry: FloorEntry): boolean => {
    const text = `${entry.name} ${entry.words}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  };
  return entries
    .filter((entry) => (filter.tone === null || entry.tone === filter.tone) && isWanted(entry))
    .sort(ORDERS[filter.order]);
}

/** How many machines are in each tone. */
export function countTones(entries: readonly FloorEntry[]): Record<MachineTone, number> {
  const counts = Object.fromEntries(TONES_WORST_FIRST.map((tone) => [tone, 0])) as Record<MachineTone, number>;
  for (const entry of entries) counts[entry.tone]++;
  return counts;
}
