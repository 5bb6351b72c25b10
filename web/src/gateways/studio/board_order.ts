/** Which tables the board shows, and in what order. */

import { TONES_WORST_FIRST, type TableTone } from "./tone";

export type BoardOrder = "trouble" | "name" | "updated";

/** What is needed of a table to place it. */
export interface BoardEntry {
  unit: string;
  name: string;
  tone: TableTone;
  alarmsOpen: number;
  /** Milliseconds since 1970 of the last update; 0 before the first. */
  updatedAt: number;
  /** What else a search may find: devices that report, custom names. */
  words: string;
}

export interface BoardFilter {
  /** Null: all. */
  tone: TableTone | null;
  search: string;
  order: BoardOrder;
}

const names = new Intl.Collator("en", { numeric: true });

const byName = (one: BoardEntry, other: BoardEntry): number => names.compare(one.name, other.name);

const byTrouble = (one: BoardEntry, other: BoardEntry): number =>
  TONES_WORST_FIRST.indexOf(one.tone) - TONES_WORST_FIRST.indexOf(other.tone) ||
  Math.sign(other.alarmsOpen) - Math.sign(one.alarmsOpen) ||
  byName(one, other);

const ORDERS: Record<BoardOrder, (one: BoardEntry, other: BoardEntry) => number> = {
  trouble: byTrouble,
  name: byName,
  // Longest without an update first: who has fallen silent is what one looks for.
  updated: (one, other) => one.updatedAt - other.updatedAt || byName(one, other),
};

/** The entries that pass the filter, in its order. Every word of the search has to be found. */
export function arranged(entries: readonly BoardEntry[], filter: BoardFilter): BoardEntry[] {
  const wanted = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  const isWanted = (entry: BoardEntry): boolean => {
    const text = `${entry.name} ${entry.words}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  };
  return entries
    .filter((entry) => (filter.tone === null || entry.tone === filter.tone) && isWanted(entry))
    .sort(ORDERS[filter.order]);
}

/** How many tables are in each tone. */
export function countTones(entries: readonly BoardEntry[]): Record<TableTone, number> {
  const counts: Record<TableTone, number> = { trouble: 0, watch: 0, silent: 0, maintenance: 0, unheard: 0, ok: 0 };
  for (const entry of entries) counts[entry.tone]++;
  return counts;
}
