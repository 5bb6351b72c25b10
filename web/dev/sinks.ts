/**
 * Deliveries for the mock: one that runs, one whose target refuses events, one whose target is away, and one that is
 * gone from the settings.
 *
 * `POST /mock` takes `{"sinks": "trouble"}` (as at the start), `"well"`, `"held"`, `"many"` (more parked than anyone
 * reads) and `"none"`. Only an admin sees them: `{"role": "admin"}`.
 */

import type { ParkedEvent, SinkInfo } from "../src/protocol.ts";
import type { Answer, MockDesk } from "./part.ts";

const CHECK = '(sqlite3.IntegrityError) CHECK constraint failed: length("LampName") <= 8';
const AWAY =
  '(psycopg.OperationalError) connection failed: connection to server at "10.1.4.20", port 5432 failed: Connection refused';

const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();

const RUNNING: SinkInfo = {
  name: "ledger",
  state: "running",
  reason: "",
  behind_events: 0,
  behind_bytes: 0,
  behind_hours: 0,
  parked: 0,
  rows: "events",
  delivered: 48_211,
  oldest_at: null,
  next_attempt: null,
  parked_events: [],
};

function parked(seq: number, lane: string, error = CHECK): ParkedEvent {
  return { seq, lane, error, tries: 5, at: ago(seq) };
}

function withParked(sink: SinkInfo, parked_events: ParkedEvent[]): SinkInfo {
  if (sink.state !== "parked" && sink.state !== "running") return { ...sink, parked: parked_events.length, parked_events };
  const state = parked_events.length ? "parked" : "running";
  const reason = parked_events.length ? `${parked_events.length} events parked` : "";
  const rest = parked_events.length ? {} : { behind_events: 0, behind_bytes: 0, behind_hours: 0, oldest_at: null };
  return { ...sink, state, reason, parked: parked_events.length, parked_events, ...rest };
}

function troubled(): SinkInfo[] {
  const archive = { ...RUNNING, name: "archive", state: "parked" as const, delivered: 48_195, oldest_at: ago(5_200) };
  const plant: SinkInfo = {
    ...RUNNING,
    name: "plant",
    rows: "lockers_openings",
    state: "waiting",
    reason: AWAY,
    behind_events: 1_204_331,
    behind_bytes: 271_000_000,
    behind_hours: null,
    delivered: 0,
    oldest_at: ago(200_000),
    next_attempt: new Date(Date.now() + 42_000).toISOString(),
  };
  const orphan = "gone from the settings; its events are kept until `lineside sinks forget warehouse`";
  return [
    withParked({ ...archive, behind_events: 132, behind_bytes: 28_400, behind_hours: null }, [
      parked(300, "ward/1"),
      parked(302, "lab/1", "(sqlite3.IntegrityError) NOT NULL constraint failed: PlantEvents.Machine"),
    ]),
    plant,
    RUNNING,
    { ...RUNNING, name: "warehouse", rows: "", state: "orphaned", reason: orphan, behind_bytes: null, behind_hours: null },
  ];
}

const SCENES: Record<string, () => SinkInfo[]> = {
  trouble: troubled,
  none: () => [],
  well: () => [RUNNING, { ...RUNNING, name: "archive", behind_events: 9_120, behind_bytes: 2_100_000, behind_hours: 0.3 }],
  held: () => [{ ...troubled()[0]!, state: "held", reason: "1000 lanes are parked; the target is wrong, not the events" }],
  many: () => [withParked(troubled()[0]!, Array.from({ length: 800 }, (_, index) => parked(400 + index, `hall/${index}`)))],
};

export class MockSinks {
  readonly #desk: MockDesk;
  #sinks = troubled();

  constructor(desk: MockDesk) {
    this.#desk = desk;
    this.#show();
  }

  turn(changes: Record<string, unknown>): void {
    const scene = SCENES[String(changes["sinks"])];
    if (scene) this.#sinks = scene();
    this.#show();
  }

  answer(method: string, path: string, body: Record<string, unknown>): Answer | null {
    const [, name, action] = /^\/api\/sinks\/([^/]+)(?:\/(retry|skip))?$/.exec(path) ?? [];
    if (!name) return null;
    const seq = Number(body["seq"]);
    const sink = this.#sinks.find((one) => one.name === name);
    if (method === "DELETE" && sink) {
      this.#sinks = this.#sinks.filter((one) => one !== sink);
      this.#record("SinkForgotten", { sink: name, by: "anna" });
    } else {
      const event = sink?.parked_events.find((one) => one.seq === seq);
      if (!sink || !event) {
        const message = `sink '${name}' has no parked event ${seq}`;
        return [404, { error: { code: "not_found", message, retry: false } }];
      }
      this.#put(sink, sink.parked_events.filter((one) => one !== event));
      if (action === "skip") this.#record("SinkEventSkipped", { sink: name, seq, by: "anna", reason: body["reason"] });
      else this.#retry(name, event);
    }
    return [200, { done: true }];
  }

  /** The cause is never mended here: it comes back. */
  #retry(name: string, event: ParkedEvent): void {
    this.#record("SinkEventRetried", { sink: name, seq: event.seq, by: "anna" });
    setTimeout(() => {
      const sink = this.#sinks.find((one) => one.name === name);
      if (sink) this.#put(sink, [...sink.parked_events, { ...event, at: ago(0) }].sort((a, b) => a.seq - b.seq));
    }, 1500);
  }

  #put(sink: SinkInfo, events: ParkedEvent[]): void {
    this.#sinks = this.#sinks.map((one) => (one.name === sink.name ? withParked(one, events) : one));
    this.#show();
  }

  #record(kind: string, data: Record<string, unknown>): void {
    this.#desk.record(kind, data, "lineside/sinks");
    this.#show();
  }

  #show(): void {
    this.#desk.hub.state("lineside/sinks", { sinks: this.#sinks });
  }
}
