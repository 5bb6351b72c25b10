/**
 * A hall of locker boards for the mock: they report every few seconds, take codes, open cells and fall silent.
 *
 * `POST /mock` takes `{"boards": 200}` (0: none has connected) and `{"board": "1953", …}` with fields of `MockBoard`
 * to change, for example `{"board": "1953", "silent": true}`.
 */

import { MockBoard } from "./locker_board.ts";
import type { Answer, CommandEnd, MockDesk, MockPart, Ordered, Tell } from "./part.ts";

interface MockEvent {
  seq: number;
  at: string;
  kind: string;
  data: Record<string, unknown>;
}

const COMMANDS = ["set_code", "revoke_code", "block", "unblock", "reboot", "approve"];

/** What the first boards are: a hall with one of everything. */
const FIRST: readonly (readonly [id: string, label: string, columns: number, rows: number])[] = [
  ["1953", "Entrance, left", 8, 8],
  ["1954", "Entrance, right", 8, 8],
  ["30", "Stairs", 5, 6],
  ["7", "", 1, 1],
  ["2201", "Parcel wall", 16, 16],
  ["2202", "Long bench", 64, 4],
  ["1960", "Gym, women", 6, 8],
  ["1961", "Gym, men", 6, 8],
  ["1970", "Pool", 10, 4],
  ["1971", "Pool, staff", 4, 3],
  ["old-4", "Annexe", 8, 8],
  ["1980", "Workshop", 3, 9],
];

export class MockLockers implements MockPart {
  readonly #desk: MockDesk;
  readonly #boards = new Map<string, MockBoard>();
  readonly #events = new Map<string, MockEvent[]>();
  readonly #codes = new Map<string, string>();
  #seq = 1_000_000;

  constructor(desk: MockDesk) {
    this.#desk = desk;
    this.#fill(FIRST.length);
    setInterval(() => this.#beat(), 250).unref();
  }

  gateway(): Record<string, unknown> {
    const reason = "listens on 127.0.0.1:5000";
    return { name: "hall", kind: "lockers", state: "running", reason, units: this.#boards.size, simulated: true };
  }

  units(): Record<string, unknown>[] {
    return [...this.#boards.values()].map((board) => {
      const { state, reason, connected } = board.status() as Record<string, string>;
      return { unit: board.unit, gateway: "hall", kind: "lockers", state, reason, connected, commands: COMMANDS };
    });
  }

  answer(method: string, path: string, query: URLSearchParams, body: Record<string, unknown>): Answer | null {
    const [, id, rest] = /^\/api\/lockers\/hall\/([^/]+)\/(.*)$/.exec(path) ?? [];
    const board = id === undefined ? undefined : this.#boards.get(id);
    if (!path.startsWith("/api/lockers/")) return null;
    if (!board || rest === undefined) return refusal(404, "no such board");
    if (rest === "history") return [200, this.#page(board.unit, query)];
    if (rest === "history.csv") return [200, "seq,at,kind,cell,details\r\n"];
    const cell = Number(/^cells\/(\d+)\/reveal$/.exec(rest)?.[1]);
    const code = this.#codes.get(`${id}/${cell}`);
    if (method !== "POST" || code === undefined) return refusal(404, `cell ${cell} has no code`);
    this.#record(board, "CodeRead", { cell, reader: "anna", reason: body["reason"] ?? "" });
    return [200, { cell, code }];
  }

  perform(ordered: Ordered, tell: Tell): CommandEnd | "later" | null {
    const [gateway, id] = ordered.unit.split("/");
    if (gateway !== "hall") return null;
    const board = this.#boards.get(id ?? "");
    if (!board) return { kind: "refused", text: "no such board" };
    const cell = Number(ordered.params["cell"]);
    if (ordered.name === "set_code") {
      const code = ordered.params["code"];
      if (typeof code === "string" && code.length !== 4) return { kind: "refused", text: "a code has 4 digits here" };
      this.#codes.set(`${id}/${cell}`, typeof code === "string" ? code : String(1000 + Math.floor(Math.random() * 9000)));
    }
    board.order(ordered, tell);
    this.#show(board);
    return "later";
  }

  turn(changes: Record<string, unknown>): void {
    if (typeof changes["boards"] === "number") this.#fill(changes["boards"]);
    const board = this.#boards.get(String(changes["board"]));
    if (!board) return;
    const { board: _, ...fields } = changes;
    Object.assign(board, fields);
    this.#show(board);
  }

  #fill(count: number): void {
    for (const board of this.#boards.values()) {
      for (const aspect of ["status", "board", "heard"]) this.#desk.hub.drop(`${board.unit}/${aspect}`);
    }
    this.#boards.clear();
    for (let index = 0; index < count; index++) {
      const [id, label, columns, rows] = FIRST[index] ?? [String(3000 + index), `Row ${index % 40}`, 4 + (index % 5), 6];
      const board = new MockBoard(id, label, columns, rows, index, (kind, data) => this.#record(board, kind, data));
      this.#boards.set(id, board);
      board.begin(index);
      for (const cell of board.cells) {
        if (cell.phase !== "free") this.#codes.set(`${id}/${cell.cell}`, String(1000 + ((cell.cell * 739) % 9000)));
      }
      this.#show(board);
    }
  }

  #beat(): void {
    for (const board of this.#boards.values()) if (board.beat()) this.#show(board);
  }

  #show(board: MockBoard): void {
    const { hub } = this.#desk;
    hub.state(`${board.unit}/status`, board.status());
    hub.state(`${board.unit}/board`, board.state());
    hub.state(`${board.unit}/heard`, board.heard());
  }

  #record(board: MockBoard, kind: string, data: Record<string, unknown>): void {
    const events = this.#events.get(board.unit) ?? [];
    events.push({ seq: ++this.#seq, at: new Date().toISOString(), kind, data });
    this.#events.set(board.unit, events.slice(-2000));
    const event = { seq: this.#seq, stream: board.unit, version: 1, at: new Date().toISOString(), kind, data };
    this.#desk.hub.feed("lineside/events", event);
  }

  #page(unit: string, query: URLSearchParams): unknown {
    const before = Number(query.get("before") ?? Infinity);
    const limit = Number(query.get("limit") ?? 100);
    const cell = query.get("cell");
    const found = (this.#events.get(unit) ?? []).filter(
      (event) => event.seq < before && (cell === null || String(event.data["cell"]) === cell),
    );
    const events = found.slice(-limit).reverse();
    return { events, next: found.length > limit ? events.at(-1)!.seq : null };
  }
}

function refusal(status: number, message: string): Answer {
  return [status, { error: { code: "not_found", message, retry: false } }];
}
