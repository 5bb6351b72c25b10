/** Which boards the hall shows, and in what order. */

import type { UnitState } from "../../protocol";

export interface HallEntry {
  unit: string;
  id: string;
  label: string;
  state: UnitState;
  reason: string;
  pending: boolean;
  blocked: boolean;
  columns: number;
  rows: number;
  codes: number;
  alarms: readonly string[];
  channel: number;
  /** Milliseconds since 1970 of the last report; 0 before the first. */
  heardAt: number;
}

export type HallGroup = "all" | "alarm" | "pending" | "silent" | "blocked" | "codes";
export type HallOrder = "trouble" | "id" | "silence";

export interface HallFilter {
  group: HallGroup;
  search: string;
  order: HallOrder;
}

const GROUPS: Record<HallGroup, (entry: HallEntry) => boolean> = {
  all: () => true,
  alarm: (entry) => entry.alarms.length > 0,
  pending: (entry) => entry.pending,
  silent: (entry) => entry.state !== "live" && entry.state !== "waiting",
  blocked: (entry) => entry.blocked,
  codes: (entry) => entry.codes > 0,
};

export const GROUP_NAMES: Record<HallGroup, string> = {
  all: "all",
  alarm: "with alarms",
  pending: "to approve",
  silent: "silent",
  blocked: "blocked",
  codes: "with codes",
};

/** How many boards are in each group. */
export function countGroups(entries: readonly HallEntry[]): Record<HallGroup, number> {
  const counts = { all: 0, alarm: 0, pending: 0, silent: 0, blocked: 0, codes: 0 };
  for (const entry of entries) {
    for (const group of Object.keys(GROUPS) as HallGroup[]) if (GROUPS[group](entry)) counts[group]++;
  }
  return counts;
}

const names = new Intl.Collator("en", { numeric: true });
const STATES_WORST_FIRST: readonly UnitState[] = ["fault", "away", "stale", "waiting", "live"];

const byId = (one: HallEntry, other: HallEntry): number => names.compare(one.id, other.id);

/** What wants a person first: alarms, then boards to approve, then those that have fallen silent. */
function urgency(entry: HallEntry): number {
  if (entry.alarms.length) return 0;
  if (entry.pending) return 1;
  return 2 + STATES_WORST_FIRST.indexOf(entry.state);
}

const ORDERS: Record<HallOrder, (one: HallEntry, other: HallEntry) => number> = {
  trouble: (one, other) => urgency(one) - urgency(other) || byId(one, other),
  id: byId,
  silence: (one, other) => one.heardAt - other.heardAt || byId(one, other),
};

/** The boards that pass the filter, in its order. Every word of the search has to be found in ID or label. */
export function arranged(entries: readonly HallEntry[], filter: HallFilter): HallEntry[] {
  const wanted = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  const isWanted = (entry: HallEntry): boolean => {
    const text = `${entry.id} ${entry.label}`.toLowerCase();
    return GROUPS[filter.group](entry) && wanted.every((word) => text.includes(word));
  };
  return entries.filter(isWanted).sort(ORDERS[filter.order]);
}
