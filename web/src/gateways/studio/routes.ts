/** What the studio's own HTTP routes answer: history, availability, and where the gateway listens. */

import type { Api } from "../../api";
import type { StudioListener } from "./reporter_url";

/** One change of one field, or somebody who came or went. */
export interface HistoryRow {
  seq: number;
  at: string;
  /** The key of the snapshot, `MAINTENANCE`, `custom.NAME` or `REPORTER`. */
  field: string;
  old: string | null;
  /** Empty: a custom field was taken away. */
  new: string;
  by: string;
  address: string;
  reason: string;
}

export interface HistoryPage {
  /** Newest first. */
  rows: HistoryRow[];
  /** Ask with this as `before` for older ones; null when there are none. */
  next: number | null;
}

export interface AvailabilityDay {
  /** `2026-11-20`, of UTC. */
  day: string;
  maintenance_s: number;
  fields: Record<string, { percent: number | null; known_s: number }>;
}

export function historyQuery(gateway: string, before: number | null, rows: number): string {
  const query = new URLSearchParams({ gateway, limit: String(rows) });
  if (before !== null) query.set("before", String(before));
  return query.toString();
}

export async function readHistory(api: Api, unit: string, before: number | null, rows: number): Promise<HistoryPage> {
  const [gateway, table] = partsOf(unit);
  const answer = await api.read<HistoryPage>(`/api/tables/${table}/history?${historyQuery(gateway, before, rows)}`);
  return { rows: answer.rows.map(rowFrom), next: answer.next ?? null };
}

/** Where the history lies as a file for spreadsheets. */
export function csvPath(unit: string, field: string): string {
  const [gateway, table] = partsOf(unit);
  const query = new URLSearchParams({ gateway });
  if (field) query.set("field", field);
  return `/api/tables/${table}/history.csv?${query.toString()}`;
}

export async function readAvailability(api: Api, unit: string, days: number): Promise<AvailabilityDay[]> {
  const [gateway, table] = partsOf(unit);
  const query = new URLSearchParams({ gateway, days: String(days) });
  const answer = await api.read<{ days: AvailabilityDay[] }>(`/api/tables/${table}/availability?${query.toString()}`);
  return answer.days;
}

/** Where a studio listens; null when the server does not say. */
export async function readListener(api: Api, gateway: string): Promise<StudioListener | null> {
  const query = new URLSearchParams({ gateway });
  const answer = await api.read<{ gateways?: StudioListener[] }>(`/api/tables?${query.toString()}`);
  return answer.gateways?.find((one) => one.gateway === gateway) ?? null;
}

function partsOf(unit: string): [gateway: string, table: string] {
  const [gateway = "", table = ""] = unit.split("/");
  return [gateway, encodeURIComponent(table)];
}

/** Values travel as text or as JSON (maintenance, custom fields); rows hold text. */
function rowFrom(row: HistoryRow): HistoryRow {
  return { ...row, old: (row.old ?? null) === null ? null : textOf(row.old), new: textOf(row.new ?? "") };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

// How the server adds the end of a maintenance to its reason.
const UNTIL = / ?\(until [^)]*\)$/;

/** Why the newest maintenance was switched on; empty when nobody said, or when it is not among the rows. */
export function maintenanceReason(rows: readonly HistoryRow[]): string {
  const row = rows.find((one) => one.field === "MAINTENANCE" && one.new === "true");
  return row?.reason.replace(UNTIL, "") ?? "";
}
