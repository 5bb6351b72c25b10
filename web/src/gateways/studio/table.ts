/** What the server sends of a table: its topics `status`, `table`, `presence` and `alarms`. Types only. */

import type { UnitStatus } from "../../protocol";

/** The colour that the server has worked out for a table. */
export type TableColour = "green" | "amber" | "red" | "grey";

export interface TableStatus extends UnitStatus {
  maintenance: boolean;
  color: TableColour;
  alarms_open: number;
  alarms_muted: boolean;
  reporters: number;
}

export interface TableField {
  /** As in the snapshot on the wire: `SDP`, `ZCam`. */
  key: string;
  /** As in an update: `sdp`, `zcam`. */
  name: string;
  kind: "service" | "device";
  value: string;
  /** The value without the extended part: `up_idle` → `up`. */
  base: string;
  /** Null: never reported; the value is the start value. */
  changed_at: string | null;
  by: string;
  /** Who wrote it last is gone for longer than the grace. */
  stale: boolean;
  /** Left out of colour and alarms by the settings. */
  ignored: boolean;
  /** A value that counts as trouble. */
  bad: boolean;
}

export interface Maintenance {
  on: boolean;
  since: string | null;
  until: string | null;
  by: string;
  reason?: string;
}

export interface TableState {
  table: string;
  uptime_updates: number;
  uptime_seconds: number;
  /** Of the last accepted update; of the making of the table before the first. */
  timestamp: string;
  made_at?: string;
  maintenance: Maintenance;
  fields: TableField[];
  custom: Record<string, unknown>;
}

export interface Reporter {
  device: string;
  dialect: string;
  address: string;
  since: string;
  last: string;
  rtt_ms: number | null;
  link: string;
}

export interface GoneReporter {
  device: string;
  since: string;
  reason: string;
  /** When its grace ends and its fields become stale; null when that is over, or harms nobody. */
  due: string | null;
  /** The grace is over: what it wrote last is stale. */
  lost: boolean;
}

export interface Presence {
  reporters: Reporter[];
  gone: GoneReporter[];
}

export interface TableAlarm {
  /** `SDP` (a key), `reporter.DEVICE` or `device.DEVICE`. */
  id: string;
  /** The key, for an alarm of a field; else empty. */
  field: string;
  text: string;
  since: string;
  count: number;
  acknowledged_by: string;
  muted: boolean;
  state: "open" | "recovered";
  repeats_at: string | null;
}

/** An open error signal of a device. */
export interface TableSignal {
  id: string;
  device: string;
  msg_id: string;
  content: string;
  /** `warn`, `error`, or what else the device says. */
  type: string;
  title: string;
  description: string;
  code: string;
  suggestion: string;
  since: string;
  last: string;
  count: number;
}

export interface TableAlarms {
  alarms: TableAlarm[];
  signals: TableSignal[];
}
