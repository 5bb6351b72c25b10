/**
 * A studio of tables for the mock: reporters that come and go, alarms, maintenance, and a day of history.
 *
 * `POST /mock` takes `{"tables": 200}`, `{"tables": 0}` and `{"table": "ARO-001", "fields": {"SDP": "down"}}`.
 */

import type { Answer, MockDesk, MockPart, Ordered } from "./part.ts";
import { availability, csv, HistoryBook, seeded } from "./studio_past.ts";

const KEYS = ["SDP", "IDP", "BROKER", "ZCam", "ROULETTE", "SHAKER", "BARCODE_SCANNER", "NFC_SCANNER"];
const SERVICES = new Set(["SDP", "IDP"]);

/** What a table of a game has; the rest is ignored. */
const GAMES: Record<string, string[]> = {
  ARO: ["SDP", "BROKER", "ZCam", "ROULETTE", "NFC_SCANNER"],
  SBO: ["SDP", "IDP", "BROKER", "ZCam", "SHAKER", "NFC_SCANNER"],
  BAC: ["SDP", "IDP", "ZCam", "BARCODE_SCANNER", "NFC_SCANNER"],
};

interface MockField {
  key: string;
  value: string;
  changed_at: string | null;
  by: string;
  stale: boolean;
}

interface MockAlarm {
  id: string;
  field: string;
  text: string;
  since: string;
  count: number;
  acknowledged_by: string;
  muted: boolean;
  state: "open" | "recovered";
  repeats_at: string | null;
}

const iso = (at: number): string => new Date(at).toISOString();
const ago = (seconds: number): string => iso(Date.now() - seconds * 1000);

class MockTable {
  readonly fields: MockField[];
  readonly book: HistoryBook;
  readonly custom: Record<string, unknown> = {};
  reporters: Record<string, unknown>[] = [];
  gone: Record<string, unknown>[] = [];
  alarms: MockAlarm[] = [];
  signals: Record<string, unknown>[] = [];
  maintenance = { on: false, since: null as string | null, until: null as string | null, by: "", reason: "" };
  updates = 8;
  timestamp: string;
  readonly name: string;
  readonly #needed: string[];

  constructor(name: string, seed: number) {
    const random = seeded(seed);
    this.name = name;
    this.#needed = GAMES[name.slice(0, 3)] ?? KEYS;
    this.timestamp = ago(2 + random() * 40);
    this.updates = 40 + Math.floor(random() * 900);
    this.book = new HistoryBook(KEYS.filter((key) => this.#needed.includes(key)), random);
    this.fields = KEYS.map((key) => {
      const last = this.book.last(key);
      return { key, value: last?.new ?? "down", changed_at: last?.at ?? null, by: last?.by ?? "", stale: false };
    });
    this.#join("dealerPC", "a", 5 + Math.floor(random() * 200), 3 + random() * 9);
    if (name.startsWith("ARO")) this.#join("wheel-" + name.slice(4), "c", 90 + seed, 12 + random() * 30);
  }

  #join(device: string, dialect: string, host: number, rtt_ms: number): void {
    const address = `10.20.4.${host % 250}:${40_000 + host}`;
    const since = ago(3_600 * 5);
    this.reporters.push({ device, dialect, address, since, last: this.timestamp, rtt_ms, link: device });
  }

  set(key: string, value: string, by = "dealerPC", at = Date.now()): void {
    const field = this.fields.find((one) => one.key === key)!;
    this.updates++;
    this.timestamp = iso(at);
    for (const one of this.reporters) if (one["device"] === by) one["last"] = this.timestamp;
    if (field.value === value) return;
    this.book.put({ at: iso(at), field: key, old: field.value, new: value, by });
    Object.assign(field, { value, changed_at: iso(at), by, stale: false });
    if (this.#isBad(field)) this.alarm(key, `${key} is ${value}`, at);
    else for (const one of this.alarms) if (one.field === key) one.state = "recovered";
  }

  alarm(field: string, text: string, at: number): void {
    this.alarms = this.alarms.filter((one) => one.field !== field);
    const repeats_at = iso(Date.now() + 240_000);
    const plain = { id: field || "reporter.dealerPC", field, text, since: iso(at), count: 1, acknowledged_by: "" };
    this.alarms.push({ ...plain, muted: this.maintenance.on, state: "open", repeats_at });
  }

  leave(device: string, secondsAgo: number, graceS: number): void {
    this.reporters = this.reporters.filter((one) => one["device"] !== device);
    const at = Date.now() - secondsAgo * 1000;
    const due = secondsAgo < graceS ? iso(at + graceS * 1000) : null;
    this.gone.push({ device, since: iso(at), reason: "the connection broke", due, lost: !due });
    this.book.put({ at: iso(at), field: "REPORTER", old: null, new: "left", by: device });
    this.timestamp = iso(at - 4_000);
    if (!due) for (const field of this.fields) if (field.by === device) field.stale = true;
    if (!due) this.alarm("", `${device} is gone`, at + graceS * 1000);
  }

  maintain(on: boolean, until: string | null, by: string, reason: string, at = Date.now()): void {
    this.book.put({ at: iso(at), field: "MAINTENANCE", old: String(!on), new: String(on), by, reason });
    this.maintenance = { on, since: on ? iso(at) : null, until, by, reason };
    for (const one of this.alarms) one.muted = on;
  }

  #isBad(field: MockField): boolean {
    if (!this.#needed.includes(field.key)) return false;
    return field.changed_at !== null && (field.value === "down" || field.value === "exception");
  }

  status(): Record<string, unknown> {
    const open = this.alarms.filter((one) => one.state === "open");
    const isHere = this.reporters.length > 0;
    const isRed = open.some((one) => !one.muted);
    const color = !isHere ? (isRed ? "red" : "grey") : isRed ? "red" : this.gone.length ? "amber" : "green";
    const reason = isHere ? `${this.reporters.length} reporters` : "the last reporter has left";
    return {
      ...{ state: isHere ? "live" : "away", reason, connected: isHere, since: ago(18_000), simulated: true },
      ...{ maintenance: this.maintenance.on, color, alarms_open: open.length, alarms_muted: this.maintenance.on },
      reporters: this.reporters.length,
    };
  }

  state(): Record<string, unknown> {
    const fields = this.fields.map((field) => ({
      ...field,
      name: field.key.toLowerCase(),
      kind: SERVICES.has(field.key) ? "service" : "device",
      base: field.value.split("_")[0],
      ignored: !this.#needed.includes(field.key),
      bad: this.#isBad(field),
    }));
    const { maintenance, custom, timestamp } = this;
    const uptime = { uptime_updates: this.updates, uptime_seconds: 18_000 };
    const made_at = ago(32 * 3_600);
    return { table: this.name, ...uptime, made_at, timestamp, maintenance, fields, custom };
  }
}

export class MockStudio implements MockPart {
  readonly #desk: MockDesk;
  readonly #tables = new Map<string, MockTable>();

  constructor(desk: MockDesk) {
    this.#desk = desk;
    this.#make(14);
    setInterval(() => this.#live(), 900).unref();
  }

  #make(count: number): void {
    for (const name of this.#tables.keys()) {
      for (const aspect of ["status", "table", "presence", "alarms"]) this.#desk.hub.drop(`studio/${name}/${aspect}`);
    }
    this.#tables.clear();
    const kinds = ["ARO", "ARO", "BAC", "SBO"];
    const seen: Record<string, number> = {};
    for (let index = 0; index < count; index++) {
      const kind = kinds[index % kinds.length]!;
      const name = `${kind}-${String((seen[kind] = (seen[kind] ?? 0) + 1)).padStart(3, "0")}`;
      this.#tables.set(name, new MockTable(name, index + 1));
    }
    for (let index = 0; index < count; index += 14) this.#scene([...this.#tables.values()].slice(index, index + 14));
    for (const table of this.#tables.values()) this.#show(table);
  }

  /** What an operator meets on an ordinary bad day. */
  #scene(tables: MockTable[]): void {
    const [fine, trouble, works, silent, leaving, , exception] = tables;
    if (fine) {
      Object.assign(fine.custom, { firmware: "roulette-7.2.1", dealer: { id: 4_117, shift: "late" } });
      fine.set("SDP", "up", "dealerPC", Date.now() - 400_000);
    }
    trouble?.set("ROULETTE", "down", "wheel-002", Date.now() - 372_000);
    trouble?.set("ZCam", "down", "dealerPC", Date.now() - 190_000);
    trouble?.signals.push({
      ...{ id: "s1", msg_id: "ROULETTE_SENSOR_STUCK", title: "Sensor stuck", code: "ARE.3", type: "error" },
      ...{ description: "The position sensor of the wheel gives one value for 10 s.", device: "wheel-002" },
      since: ago(377),
      ...{ content: "SENSOR STUCK", last: ago(61), count: 3 },
      suggestion: "Clean the sensor, then relaunch the ball.",
    });
    works?.set("BARCODE_SCANNER", "down", "dealerPC", Date.now() - 1_500_000);
    works?.maintain(true, iso(Date.now() + 2_400_000), "anna", "scanner is being replaced", Date.now() - 1_460_000);
    silent?.leave("dealerPC", 1_260, 60);
    leaving?.leave("wheel-003", 21, 60);
    exception?.set("SDP", "exception", "dealerPC", Date.now() - 44_000);
  }

  #show(table: MockTable): void {
    const say = (aspect: string, value: unknown): void => this.#desk.hub.state(`studio/${table.name}/${aspect}`, value);
    say("status", table.status());
    say("table", table.state());
    say("presence", { reporters: table.reporters, gone: table.gone });
    say("alarms", { alarms: table.alarms, signals: table.signals });
  }

  /** A few tables report at each turn. */
  #live(): void {
    const tables = [...this.#tables.values()];
    for (let count = 0; count < Math.min(4, tables.length); count++) {
      const table = tables[Math.floor(Math.random() * tables.length)]!;
      if (!table.reporters.length) continue;
      const field = table.fields[0]!;
      if (field.value !== "exception") table.set("SDP", Math.random() < 0.1 ? "calibration" : "up");
      this.#show(table);
    }
  }

  gateway(): Record<string, unknown> {
    const units = this.#tables.size;
    return { name: "studio", kind: "studio", state: "running", reason: `${units} tables`, units, simulated: true };
  }

  units(): Record<string, unknown>[] {
    const commands = ["set_maintenance", "set_status", "acknowledge_alarm", "clear_custom"];
    return [...this.#tables.values()].map((table) => {
      const { state, reason, connected } = table.status();
      return { unit: `studio/${table.name}`, gateway: "studio", kind: "studio", state, reason, connected, commands };
    });
  }

  answer(method: string, path: string, query: URLSearchParams): Answer | null {
    if (path === "/api/tables" && method === "GET") {
      return [200, { gateways: [{ gateway: "studio", address: "0.0.0.0:8080", auth: "open" }], tables: [] }];
    }
    const found = /^\/api\/tables\/([^/]+)\/(history|history\.csv|availability)$/.exec(path);
    const table = found && this.#tables.get(decodeURIComponent(found[1]!));
    if (!found) return null;
    if (!table) return [404, { error: { code: "no_such_table", message: "no such table", retry: false } }];
    if (found[2] === "availability") return [200, availability(table.name, KEYS, table.book)];
    const rows = table.book.rows(query);
    if (found[2] === "history.csv") return [200, csv(rows.rows)];
    return [200, { table: table.name, ...rows }];
  }

  perform(ordered: Ordered): { kind: "done" | "refused"; text: string } | null {
    const table = this.#tables.get(ordered.unit.split("/")[1] ?? "");
    if (!table || !ordered.unit.startsWith("studio/")) return null;
    const { name, params } = ordered;
    if (name === "set_maintenance") {
      const on = params["on"] === true;
      table.maintain(on, (params["until"] as string | undefined) ?? null, "anna", ordered.reason);
      this.#desk.record(on ? "MaintenanceStarted" : "MaintenanceEnded", { by: "anna" }, ordered.unit);
    }
    if (name === "acknowledge_alarm") {
      for (const one of table.alarms) if (one.id === params["alarm"]) one.acknowledged_by = "anna";
    }
    if (name === "clear_custom") delete table.custom[String(params["name"])];
    if (name === "set_status") {
      for (const [key, value] of Object.entries(params["fields"] as object)) {
        const field = KEYS.find((one) => one.toLowerCase() === key);
        if (field) table.set(field, String(value), "anna");
      }
    }
    this.#show(table);
    return { kind: "done", text: "the table has it" };
  }

  turn(changes: Record<string, unknown>): void {
    if (typeof changes["tables"] === "number") this.#make(changes["tables"]);
    const table = this.#tables.get(String(changes["table"]));
    const fields = (changes["fields"] as object | undefined) ?? {};
    for (const [key, value] of Object.entries(fields)) table?.set(key, String(value));
    if (table) this.#show(table);
  }
}
