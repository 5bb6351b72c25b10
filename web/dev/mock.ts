/**
 * A server for looking at the page without one: `npm run mock`, or `npm run mock:built` for the built page.
 *
 * `POST /mock {"silent":true}` and the like put it into the states that are rare in life: `silent`, `shut`, `journal`
 * (a state), `role`, `simulated`, `empty`, `alarm` (a name), `unrecorded`, `signedOut`, `event`, `rate_hz`.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

import type { Plugin, PreviewServer, ViteDevServer } from "vite";

import { MockHub } from "./hub.ts";
import { MockLockers } from "./lockers.ts";
import type { CommandEnd, MockPart, Ordered } from "./part.ts";
import { MockSinks } from "./sinks.ts";
import { MockSocket } from "./socket.ts";
import { MockStudio } from "./studio.ts";
import { FIELDS, NAMES, Ward } from "./ward.ts";

const CONTENT_SECURITY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const HIGH = new Set(["APNEA", "HIGH_PRESSURE", "ARDUINO_FAIL", "CHECK_P_PATIENT"]);
const LOW = new Set(["ALARM_TEST"]);

interface Knobs {
  silent: boolean;
  shut: boolean;
  journal: string;
  role: string;
  simulated: boolean;
  empty: boolean;
  signedOut: boolean;
  rate_hz: number;
}

interface MockEvent {
  seq: number;
  stream: string;
  version: number;
  at: string;
  kind: string;
  schema: number;
  origin: string;
  data: Record<string, unknown>;
}

class MockServer {
  readonly hub = new MockHub();
  readonly knobs: Knobs = {
    silent: false,
    shut: false,
    journal: "ok",
    role: "operator",
    simulated: true,
    empty: false,
    signedOut: false,
    rate_hz: 50,
  };
  /** The houses beside the ward, each in a file of its own. */
  readonly #parts: MockPart[];
  readonly #sinks: MockSinks;
  readonly #ward = new Ward();
  readonly #events: MockEvent[] = [];
  readonly #alarms = new Map<string, Record<string, unknown>>();
  readonly #reports = new Map<string, Record<string, unknown>>();
  #lastSample: number[] = [];
  #lastAt = Date.now();
  #since = new Date().toISOString();
  #samples = 0;

  constructor() {
    const desk = {
      hub: this.hub,
      record: (kind: string, data: Record<string, unknown>, stream: string) => this.record(kind, data, stream),
    };
    this.#parts = [new MockLockers(desk), new MockStudio(desk)];
    this.#sinks = new MockSinks(desk);
    for (const [kind, data] of [
      ["LineOpened", { line: "var/demo/ttyEMU0" }],
      ["CommandAccepted", { command: { id: "a1", unit: "ward/1", name: "START", params: { param: 0 }, actor: "demo" } }],
      ["CommandSent", { id: "a1" }],
      ["BreathingStarted", { fsm_state: 1, fsm_name: "BUFF_PREFILL" }],
      ["CommandEnded", { id: "a1", outcome: { kind: "done", text: "the controller says BUFF_PREFILL" } }],
    ] as const) {
      this.record(kind, data);
    }
    for (let index = 0; index < 300; index++) this.record("AlarmLatched", { name: "LOW_PEEP", code: 18, priority: "high" });
    this.latch("HIGH_PRESSURE");
    this.latch("LOW_VTE");
    this.#showAll();
    let due = performance.now();
    let told = 0;
    setInterval(() => {
      while (due < performance.now()) {
        const step = 1 / this.knobs.rate_hz;
        due += step * 1000;
        if (!this.knobs.silent) this.#sample(step);
      }
      if (++told % 10 === 0) this.#showStates();
    }, 10).unref();
    for (let index = 0; index < 1500; index++) this.#sample(0.02, Date.now() - (1500 - index) * 20);
  }

  record(kind: string, data: Record<string, unknown>, stream = "ward/1"): void {
    const seq = this.#events.length + 1;
    const at = new Date().toISOString();
    const event = { seq, stream, version: seq, at, kind, schema: 1, origin: "mock", data };
    this.#events.push(event);
    this.hub.feed("lineside/events", event);
  }

  latch(name: string): void {
    const now = new Date().toISOString();
    const known = this.#alarms.get(name);
    if (known) {
      this.#alarms.set(name, { ...known, count: Number(known["count"]) + 1, last: now });
    } else {
      const priority = HIGH.has(name) ? "high" : LOW.has(name) ? "low" : "medium";
      const recorded = this.knobs.journal === "ok";
      const alarm = { name, code: 7, priority, source: "controller", text: "", since: now, count: 1, last: now, recorded };
      this.#alarms.set(name, alarm);
      if (recorded) this.record("AlarmLatched", { name, code: 7, priority, source: "controller", param: 0 });
    }
    this.#showAlarms();
  }

  turn(changes: Partial<Knobs> & { alarm?: string; event?: number }): void {
    Object.assign(this.knobs, changes);
    for (const part of this.#parts) part.turn(changes);
    this.#sinks.turn(changes);
    this.#since = new Date().toISOString();
    if (changes.shut !== undefined) this.hub.shut(changes.shut);
    if (changes.alarm) this.latch(changes.alarm);
    for (let index = 0; index < (changes.event ?? 0); index++) this.record("LineOpened", { line: `burst ${index}` });
    this.#showAll();
  }

  #showAll(): void {
    this.hub.state("ward/1/profile", { version: 160, fields: FIELDS });
    this.#showAlarms();
    this.#showStates();
    const { empty, simulated } = this.knobs;
    const since = this.#since;
    const ward = { name: "ward", kind: "ventilator", state: "running", reason: "1 unit", since, units: 1, next_attempt: null };
    const next_attempt = new Date(Date.now() + 25_000).toISOString();
    const lab = {
      ...ward,
      name: "lab",
      state: "waiting",
      reason: "/dev/ttyACM0 does not exist; is the cable in?",
      next_attempt,
    };
    this.hub.state("lineside/gateways", {
      gateways: empty ? [] : [{ ...ward, simulated }, lab, ...this.#parts.map((part) => ({ ...ward, ...part.gateway() }))],
    });
  }

  #showAlarms(): void {
    this.hub.state("ward/1/alarms", { alarms: [...this.#alarms.values()] });
  }

  #showStates(): void {
    const { silent, journal, simulated, empty } = this.knobs;
    const isStale = silent && Date.now() - this.#lastAt > 2000;
    const fsm_state = this.#ward.state;
    const counters = { samples: this.#samples, alarms: 14, other: 0, repeated: 3, refused: 0, noise: 0, undelivered: 0 };
    const reason = isStale ? "no sample for longer than 2 s" : "samples arrive";
    this.hub.state("ward/1/status", {
      ...{ state: isStale ? "stale" : "live", reason, connected: !isStale, since: this.#since, version: 160 },
      ...{ fsm_state, fsm_name: NAMES[fsm_state], breathing: fsm_state !== 0, simulated, counters },
    });
    if (!empty && this.knobs.role !== "one") {
      const lost = "/dev/ttyACM0 does not exist; is the cable in?";
      const status = { state: "away", reason: lost, connected: false, since: this.#since, fsm_state: null, fsm_name: null };
      this.hub.state("lab/1/status", status);
    }
    const sensors = Object.fromEntries(FIELDS.map((field, index) => [field.name, this.#lastSample[index] ?? 0]));
    this.hub.state("ward/1/sensors", { sensors, at: new Date(this.#lastAt).toISOString(), stale: isStale });
    const why = journal === "ok" ? "" : "no space left on device (var/demo/journal.db)";
    this.hub.state("lineside/journal", { state: journal, reason: why, since: this.#since, seq: this.#events.length, era: 1 });
  }

  #sample(step: number, at = Date.now()): void {
    this.#lastSample = this.#ward.step(step);
    this.#lastAt = at;
    this.#samples++;
    this.hub.feed("ward/1/samples", [at, ...this.#lastSample]);
  }

  // ---------------------------------------------------------------------------------------------------- HTTP

  async answer(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const url = new URL(request.url ?? "/", "http://mock");
    const { pathname: path } = url;
    if (!path.startsWith("/api/") && path !== "/mock") return false;
    const body = request.method === "POST" ? (JSON.parse((await readAll(request)) || "{}") as Record<string, unknown>) : {};
    const [status, value] = this.#route(request.method ?? "GET", path, url.searchParams, body);
    const isText = typeof value === "string";
    response.writeHead(status, { "Content-Type": isText ? "text/csv" : "application/json", "Cache-Control": "no-store" });
    response.end(isText ? value : JSON.stringify(value));
    return true;
  }

  #route(method: string, path: string, query: URLSearchParams, body: Record<string, unknown>): [number, unknown] {
    if (path === "/mock") return this.turn(body), [200, this.knobs];
    if (path === "/api/login") return this.#login(String(body["code"]));
    if (this.knobs.signedOut) return refusal(401, "not_signed_in", "sign in, or send a token");
    if (path === "/api/logout") return (this.knobs.signedOut = true), [200, { done: true }];
    if (path === "/api/me") return [200, { name: "anna", role: this.knobs.role, gateways: null }];
    if (path === "/api/units") return [200, { units: this.#units() }];
    if (path === "/api/events") return [200, this.#page(query)];
    if (path === "/api/commands" && method === "POST") return this.#command(body);
    for (const part of this.#parts) {
      const answer = part.answer(method, path, query, body);
      if (answer) return answer;
    }
    const delivery = this.#sinks.answer(method, path, body);
    if (delivery) return delivery;
    const report = this.#reports.get(path.split("/").at(-1) ?? "");
    return report ? [200, report] : refusal(404, "no_such_command", "no command of this id");
  }

  #login(code: string): [number, unknown] {
    if (code !== "open") return refusal(403, "wrong_code", "this login code is not valid");
    this.knobs.signedOut = false;
    return [200, { name: "anna", role: this.knobs.role, gateways: null }];
  }

  #units(): unknown[] {
    if (this.knobs.empty) return [];
    const commands = ["START", "STOP", "ACK_ALARM", "SEND"];
    const ward = { unit: "ward/1", gateway: "ward", kind: "ventilator", state: "live", reason: "samples arrive" };
    const lab = { ...ward, unit: "lab/1", gateway: "lab", state: "away", reason: "/dev/ttyACM0 does not exist" };
    return [
      { ...ward, connected: true, commands },
      { ...lab, connected: false, commands },
      ...this.#parts.flatMap((part) => part.units()),
    ];
  }

  #page(query: URLSearchParams): unknown {
    const limit = Number(query.get("limit") ?? 100);
    const after = Number(query.get("after") ?? 0);
    const before = Number(query.get("before") ?? Infinity);
    const [unit, gateway, kind] = [query.get("unit"), query.get("gateway"), query.get("kind")];
    const found = this.#events.filter(
      (event) =>
        event.seq > after &&
        event.seq < before &&
        (!unit || event.stream === unit) &&
        (!gateway || event.stream.startsWith(`${gateway}/`)) &&
        (!kind || event.kind === kind),
    );
    const events = query.get("newest") ? found.slice(-limit) : found.slice(0, limit);
    return { events, next: events.at(-1)?.seq ?? after, recorded_seq: this.#events.length };
  }

  #command(body: Record<string, unknown>): [number, unknown] {
    const { id, unit, name, params } = body as { id: string; unit: string; name: string; params: Record<string, unknown> };
    if (this.knobs.journal !== "ok") return refusal(503, "journal_full", "no space left on device");
    const report = { id, unit, name, state: "accepted", actor: "anna", reason: String(body["reason"]), outcome: null, note: "" };
    const plain = { id, unit, name, params, actor: "anna", reason: report.reason };
    this.record("CommandAccepted", { command: plain }, unit);
    this.#tell(report);
    if (!unit.startsWith("ward/")) {
      setTimeout(() => this.#perform(plain, report), 300);
      return [202, report];
    }
    setTimeout(() => {
      this.record("CommandSent", { id });
      this.#tell({ ...report, state: "sent" });
      if (name === "START") this.#ward.start();
      if (name === "STOP") this.#ward.stop();
      this.#settle(report, String(params["alarm"] ?? ""));
    }, 300);
    return [202, report];
  }

  #perform(ordered: Ordered, report: Record<string, unknown>): void {
    const tell = (end: CommandEnd | null): void => {
      if (end === null) {
        this.record("CommandSent", { id: ordered.id }, ordered.unit);
        return this.#tell({ ...report, state: "sent" });
      }
      const outcome = { ...end, code: "", evidence: null };
      this.record("CommandEnded", { id: ordered.id, outcome }, ordered.unit);
      this.#tell({ ...report, state: end.kind, outcome });
    };
    for (const part of this.#parts) {
      const end = part.perform(ordered, tell);
      if (end === "later") return;
      if (end) return tell(end);
    }
  }

  #settle(report: Record<string, unknown>, alarm: string): void {
    const isDone = (): boolean => {
      if (report["name"] === "ACK_ALARM") return true;
      return (report["name"] === "STOP") === (this.#ward.state === 0);
    };
    const timer = setInterval(() => {
      if (!isDone()) return;
      clearInterval(timer);
      if (this.#alarms.delete(alarm)) this.record("AlarmAcknowledged", { name: alarm, actor: "anna" });
      const text = alarm ? `${alarm} is off the list` : `the controller says ${NAMES[this.#ward.state]}`;
      const outcome = { kind: "done", text, code: "", evidence: null };
      this.record("CommandEnded", { id: report["id"], outcome });
      this.#tell({ ...report, state: "done", outcome });
      this.#showAlarms();
    }, 100);
  }

  #tell(report: Record<string, unknown>): void {
    this.#reports.set(String(report["id"]), report);
    this.hub.feed("lineside/commands", report);
  }
}

function refusal(status: number, code: string, message: string): [number, unknown] {
  return [status, { error: { code, message, retry: status >= 500 } }];
}

function readAll(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => resolve(text));
    request.on("error", reject);
  });
}

export function mockServer(): Plugin {
  const attach = (vite: ViteDevServer | PreviewServer, isBuilt: boolean): void => {
    const mock = new MockServer();
    vite.middlewares.use((request, response, next) => {
      if (isBuilt) response.setHeader("Content-Security-Policy", CONTENT_SECURITY);
      mock.answer(request, response).then(
        (isAnswered) => isAnswered || next(),
        (error: unknown) => next(error),
      );
    });
    vite.httpServer?.on("upgrade", (request: IncomingMessage, stream: Duplex) => {
      if (request.url !== "/api/live") return;
      if (mock.knobs.signedOut || mock.knobs.shut) stream.end("HTTP/1.1 401 Unauthorized\r\n\r\n");
      else mock.hub.attach(new MockSocket(request, stream));
    });
  };
  return {
    name: "lineside-mock",
    configureServer: (vite) => attach(vite, false),
    configurePreviewServer: (vite) => attach(vite, true),
  };
}
