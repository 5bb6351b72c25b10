/** The house's own routes over HTTP, as this page asks them. */

import type { Api } from "../../api";
import type { EventInfo } from "../../protocol";
import { gatewayOf, idOf } from "./board";

/** One recorded event of a board. */
export type HistoryEvent = Pick<EventInfo, "seq" | "at" | "kind" | "data">;

/** One page of a history, newest first. It may be empty although there is more. */
export interface HistoryPage {
  events: readonly HistoryEvent[];
  /** Ask for events before this one next; null: nothing is older. */
  next: number | null;
}

export interface HistoryQuery {
  cell?: number | undefined;
  kind?: string | undefined;
  before?: number | undefined;
  limit: number;
}

export function readHistory(api: Api, unit: string, query: HistoryQuery): Promise<HistoryPage> {
  return api.read<HistoryPage>(`${pathOf(unit)}/history?${historyQueryText(query)}`);
}

/** Where the same history is found as a table. */
export function historyTablePath(unit: string, cell?: number): string {
  return `${pathOf(unit)}/history.csv${cell === undefined ? "" : `?cell=${cell}`}`;
}

/** Read the code of a cell. The server records the reader's name before it answers. */
export async function revealCode(api: Api, unit: string, cell: number, reason: string): Promise<string> {
  const told = await api.write<{ code: string }>(`${pathOf(unit)}/cells/${cell}/reveal`, reason ? { reason } : {});
  return told.code;
}

function pathOf(unit: string): string {
  return `/api/lockers/${encodeURIComponent(gatewayOf(unit))}/${encodeURIComponent(idOf(unit))}`;
}

export function historyQueryText(query: HistoryQuery): string {
  const parts = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined && value !== "") parts.set(key, String(value));
  return parts.toString();
}
