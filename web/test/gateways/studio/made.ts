/** Tables made up for tests. */

import type { TableAlarm, TableField, TableSignal, TableState, TableStatus } from "../../../src/gateways/studio/table";

export const SINCE = "2026-01-01T12:00:00Z";

export function statusWith(changes: Partial<TableStatus> = {}): TableStatus {
  const unit = { state: "live", reason: "updates arrive", connected: true, since: SINCE } as const;
  return { ...unit, maintenance: false, color: "green", alarms_open: 0, alarms_muted: false, reporters: 1, ...changes };
}

export function stateWith(changes: Partial<TableState> = {}): TableState {
  return {
    table: "ARO-001",
    uptime_updates: 3,
    uptime_seconds: 60,
    timestamp: SINCE,
    maintenance: { on: false, since: null, until: null, by: "" },
    fields: [],
    custom: {},
    ...changes,
  };
}

export function alarmWith(id: string, changes: Partial<TableAlarm> = {}): TableAlarm {
  const plain = { id, field: id, text: `${id} is down`, since: SINCE, count: 1, acknowledged_by: "", muted: false };
  return { ...plain, state: "open", repeats_at: null, ...changes };
}

export function fieldWith(key: string, changes: Partial<TableField> = {}): TableField {
  const plain = { key, name: key.toLowerCase(), kind: "device", value: "up", base: "up", changed_at: SINCE } as const;
  return { ...plain, by: "pc", stale: false, ignored: false, bad: false, ...changes };
}

export function signalWith(changes: Partial<TableSignal> = {}): TableSignal {
  const texts = { content: "", type: "warn", title: "", description: "", code: "", suggestion: "" };
  return { id: "1", device: "pc", msg_id: "NO_START", ...texts, since: SINCE, last: SINCE, count: 1, ...changes };
}
