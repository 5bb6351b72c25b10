/** The house's own routes over HTTP, as this page asks them. */

import type { Api } from "../../api";
import type { EventInfo } from "../../protocol";
import { gatewayOf, idOf } from "./board";
import { cellOf } from "./history_words";

/** One recorded event; the server names its stream only where it may be one of many. */
export type HistoryEvent = Pick<EventInfo, "seq" | "at" | "kind" | "data"> & { stream?: string };

/** One page of a history, newest first. It may be empty although there is more. */
export interface HistoryPage {
  events: readonly HistoryEvent[];
  /** Ask for events before this one next; null: nothing is older. */
  next: number | null;
}

/** Where a history comes from. */
export interface HistorySource {
  /** The page before an event; the newest one when undefined. */
  read(before: number | undefined): Promise<HistoryPage>;
  /** Whether an event that has just happened belongs to it. */
  has(event: EventInfo): boolean;
}

const PAGE_EVENTS = 50;
// Most events of a hall only say that a board lives; so many are asked for that some others are among them.
const HALL_EVENTS = 500;

/** The history of a board, or of one of its cells. */
export function boardHistory(api: Api, unit: string, cell: number | undefined): HistorySource {
  return {
    read: (before) => {
      const query = queryText({ cell, before, limit: PAGE_EVENTS });
      return api.read<HistoryPage>(`${pathOf(unit)}/history?${query}`);
    },
    has: (event) => event.stream === unit && (cell === undefined || cellOf(event) === cell),
  };
}

/** What happened at all boards of a gateway. */
export function hallHistory(api: Api, gateway: string): HistorySource {
  return {
    read: async (before) => {
      const part = { gateway, newest: true, limit: HALL_EVENTS, ...(before !== undefined && { before }) };
      const { events } = await api.events(part);
      const oldest = events.length < HALL_EVENTS ? null : (events[0]?.seq ?? null);
      return { events: [...events].reverse(), next: oldest };
    },
    has: (event) => event.stream.startsWith(`${gateway}/`),
  };
}

/** Where the history of a board is found as a table. */
export function historyTablePath(unit: string): string {
  return `${pathOf(unit)}/history.csv`;
}

/** Read the code of a cell. The server records the reader's name before it answers. */
export async function revealCode(api: Api, unit: string, cell: number, reason: string): Promise<string> {
  const told = await api.write<{ code: string }>(`${pathOf(unit)}/cells/${cell}/reveal`, reason ? { reason } : {});
  return told.code;
}

function pathOf(unit: string): string {
  return `/api/lockers/${encodeURIComponent(gatewayOf(unit))}/${encodeURIComponent(idOf(unit))}`;
}

function queryText(query: Record<string, number | undefined>): string {
  const parts = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) parts.set(key, String(value));
  return parts.toString();
}
