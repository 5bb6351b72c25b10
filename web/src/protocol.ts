/** What the server sends, as documented in docs/live.md and /api/openapi.json. Types only. */

export type Role = "viewer" | "operator" | "admin";

export interface Me {
  name: string;
  role: Role;
  gateways: string[] | null;
}

export type UnitState = "waiting" | "live" | "stale" | "away" | "fault";
export type GatewayState = "running" | "waiting" | "failed" | "stopped";

/** One entry of GET /api/units. */
export interface UnitInfo {
  unit: string;
  gateway: string;
  kind: string;
  state: UnitState;
  reason: string;
  connected: boolean;
  commands: string[];
}

/** The topic `gateway/unit/status`: the part that every unit has. A house may add fields. */
export interface UnitStatus {
  state: UnitState;
  reason: string;
  connected: boolean;
  since: string;
  simulated?: boolean;
}

/** One entry of the topic `lineside/gateways`. */
export interface GatewayInfo {
  name: string;
  kind: string;
  state: GatewayState;
  reason: string;
  since: string;
  units: number;
  next_attempt: string | null;
  simulated?: boolean;
}

/** The topic `lineside/journal`. */
export interface JournalStatus {
  state: "ok" | "full" | "read_only" | "failed" | "damaged" | "closed";
  reason: string;
  since: string;
  seq: number;
  era: number;
}

export type SinkState = "starting" | "running" | "waiting" | "parked" | "held" | "stopped" | "orphaned";

/** An event that the target of a sink does not take; later events of its lane wait for a person. */
export interface ParkedEvent {
  seq: number;
  lane: string;
  error: string;
  tries: number;
  at: string;
}

/** One entry of the topic `lineside/sinks`. */
export interface SinkInfo {
  name: string;
  state: SinkState;
  reason: string;
  behind_events: number;
  /** Null: nobody has counted what is behind; `behind_events` says nothing then. */
  behind_bytes: number | null;
  /** At the present rate; null when nothing moves. */
  behind_hours: number | null;
  parked: number;
  /** What it carries out. */
  rows: string;
  /** Events that the target has taken since the server started. */
  delivered: number;
  oldest_at: string | null;
  next_attempt: string | null;
  parked_events: ParkedEvent[];
}

/** One recorded event, with its secrets masked. */
export interface EventInfo {
  seq: number;
  stream: string;
  version: number;
  at: string;
  kind: string;
  data: Record<string, unknown>;
}

export interface EventPage {
  events: EventInfo[];
  next: number;
  recorded_seq: number;
}

export type CommandState = "accepted" | "sent" | "unknown" | "done" | "refused" | "expired";

export interface Outcome {
  kind: "done" | "refused" | "expired";
  text: string;
  code: string;
  evidence: Record<string, unknown> | null;
}

export interface CommandReport {
  id: string;
  unit: string;
  name: string;
  state: CommandState;
  actor: string;
  reason: string;
  outcome: Outcome | null;
  note: string;
}

export interface ErrorDetail {
  code: string;
  message: string;
  retry: boolean;
}

// ------------------------------------------------------------------------------------------------ GET /api/live

export type TopicKind = "state" | "feed";

export interface Position {
  epoch: string;
  offset: number;
}

/** One value of a pulse. `k` comes with the first item of a topic; `gap` counts values left out before this one. */
export interface PulseItem {
  t: string;
  o: number;
  k?: TopicKind;
  v?: unknown;
  gap?: number;
  gone?: boolean;
}

export interface SubscribedTopic {
  topic: string;
  kind: TopicKind;
  offset: number;
  recovered: boolean;
  value?: unknown;
}

export type ServerMessage =
  | { op: "hello"; epoch: string; server: string; role: string }
  | { op: "subscribed"; id: number; topics: SubscribedTopic[] }
  | { op: "unsubscribed"; id: number; topics: string[] }
  | { op: "pulse"; items: PulseItem[] }
  | { op: "error"; id?: number; error: ErrorDetail }
  | { op: "pong"; id: number }
  | { op: "bye"; code: number; reason: string; retry: boolean };
