/** One locker board of the mock, and what the server would say of it. */

import type { Ordered, Tell } from "./part.ts";

type Phase = "free" | "pending" | "sent" | "confirmed" | "revoking" | "timed_out" | "foreign";

interface MockCell {
  cell: number;
  row: number;
  column: number;
  lock: boolean | null;
  phase: Phase;
  engaged: boolean;
  label: string;
  set_by: string;
  set_at: string | null;
  expires_at: string | null;
  minutes: number | null;
  opened_at: string | null;
  last_event: string | null;
  once: boolean;
}

const iso = (at: number): string => new Date(at).toISOString();
const LABELS = ["Parcel 8841", "J. Weber", "Tools", "Drone kit", "Lost & found", "Ms Okafor", "Keys", "Bike 12", ""];

type Recorder = (kind: string, data: Record<string, unknown>) => void;

export class MockBoard {
  readonly id: string;
  readonly unit: string;
  label: string;
  columns: number;
  rows: number;
  cells: MockCell[];
  alarms: string[] = [];
  pending = "";
  silent = false;
  blocked = false;
  blockedConfirmed = false;
  rebooting = 0;
  channel = 1;
  wifi = 0;
  gsm = 0;
  epoch = 3;
  send = 141_000;
  flags: string[] = [];
  lastAt = Date.now();
  readonly #since = iso(Date.now() - 7_400_000);
  readonly #record: Recorder;
  readonly #waiting: { ordered: Ordered; tell: Tell; wasSent: boolean }[] = [];
  readonly #random: () => number;
  readonly #lastByChannel: Record<string, number> = {};
  #dueAt = Date.now() + Math.random() * 3_000;

  constructor(id: string, label: string, columns: number, rows: number, seed: number, record: Recorder) {
    this.id = id;
    this.unit = `hall/${id}`;
    this.label = label;
    this.columns = columns;
    this.rows = rows;
    this.#record = record;
    this.#random = seeded(seed + 7);
    this.send += seed * 331;
    this.cells = Array.from({ length: columns * rows }, (_, index) => ({
      ...{ cell: index + 1, row: Math.floor(index / columns), column: index % columns },
      ...{ lock: this.#random() > 0.04, phase: "free" as Phase, engaged: false, label: "", set_by: "" },
      ...{ set_at: null, expires_at: null, minutes: null, opened_at: null, last_event: null, once: false },
    }));
  }

  /** A past, so that the first look is at a hall in use. */
  begin(index: number): void {
    for (const cell of this.cells) {
      if (cell.lock && this.#random() < 0.3) this.#give(cell, 60 + this.#random() * 4000, "confirmed", "anna");
    }
    const some = (): MockCell => this.cells[Math.floor(this.#random() * this.cells.length)]!;
    if (this.cells.length > 8) {
      some().phase = "timed_out";
      this.#give(some(), 480, "pending", "bot-desk");
      const revoked = some();
      this.#give(revoked, 90, "revoking", "anna");
      some().opened_at = iso(Date.now() - 8_000);
    }
    if (index % 12 === 1) this.alarms = ["wrong_code"];
    if (index % 12 === 2) this.#give(this.cells.find((cell) => !cell.lock) ?? this.cells[0]!, 300, "confirmed", "anna");
    if (index % 12 === 6) [this.channel, this.wifi] = [2, 2];
    if (index % 12 === 7) [this.alarms, this.flags] = [["short_circuit", "layout_mismatch"], ["layout_mismatch"]];
    if (index % 12 === 8) [this.silent, this.lastAt] = [true, Date.now() - 940_000];
    if (index % 12 === 9) [this.blocked, this.blockedConfirmed] = [true, true];
    if (index % 12 === 10) this.#becomePending();
    this.#lastByChannel["1"] = Date.now() - (this.channel === 1 ? 0 : 4_000_000);
    this.#lastByChannel["2"] = Date.now() - (this.channel === 2 ? 0 : 840_000);
    for (let past = 0; past < 70; past++) this.#record("CellOpened", { cell: some().cell, repeat: past % 9 === 8 });
  }

  #becomePending(): void {
    this.pending = "it reports 6 codes that were not set here; a reply would revoke them";
    for (const cell of this.cells) Object.assign(cell, { phase: "free", engaged: false, expires_at: null, label: "" });
    for (const cell of this.cells) {
      if ([2, 5, 8, 23, 24, 25].includes(cell.cell)) Object.assign(cell, { phase: "foreign", engaged: true });
    }
  }

  #give(cell: MockCell, minutes: number, phase: Phase, by: string): void {
    const now = Date.now();
    const label = LABELS[Math.floor(this.#random() * LABELS.length)]!;
    const [set_at, expires_at] = [iso(now - 1_500_000), iso(now + minutes * 60_000)];
    Object.assign(cell, { phase, minutes, label, set_by: by, set_at, expires_at, engaged: phase === "confirmed" });
  }

  order(ordered: Ordered, tell: Tell): void {
    const { params, name } = ordered;
    const cell = this.cells.find((one) => one.cell === params["cell"]);
    const [by, reason] = ["anna", ordered.reason];
    const now = Date.now();
    if (name === "set_code" && cell) {
      const asked = typeof params["until"] === "string" ? Date.parse(params["until"]) : NaN;
      const until = asked || now + Number(params["minutes"]) * 60_000;
      const minutes = Math.ceil((until - now) / 60_000);
      const label = String(params["label"] ?? "");
      const given = { phase: "pending", label, minutes, set_by: by, set_at: iso(now), expires_at: iso(until) };
      Object.assign(cell, { ...given, once: params["once"] === true });
      this.#record("CodeSet", { cell: cell.cell, label, minutes, expires_at: iso(until), by, reason, code: "****" });
    }
    if (name === "revoke_code" && cell) {
      cell.phase = "revoking";
      this.#record("CodeRevoked", { cell: cell.cell, by, reason });
    }
    if (name === "block" || name === "unblock") {
      this.blocked = name === "block";
      this.#record(this.blocked ? "BoardBlocked" : "BoardUnblocked", { by, reason });
    }
    if (name === "reboot") this.rebooting = 5;
    if (name === "approve") this.#approve(by, reason);
    this.#waiting.push({ ordered, tell, wasSent: false });
  }

  #approve(by: string, reason: string): void {
    this.pending = "";
    for (const cell of this.cells) if (cell.phase === "foreign") Object.assign(cell, { phase: "free", engaged: false });
    this.#record("BoardApproved", { by, reason });
  }

  /** One report when it is due; whether something is to be shown. */
  beat(): boolean {
    const now = Date.now();
    if (this.silent || now < this.#dueAt) return false;
    this.#dueAt = now + 1_800 + this.#random() * 2_500;
    this.send++;
    this.lastAt = now;
    this.#lastByChannel[String(this.channel)] = now;
    for (const cell of this.cells) this.#advance(cell);
    if (this.rebooting && --this.rebooting === 3) this.#reboot();
    this.blockedConfirmed = this.blocked;
    for (const one of this.#waiting.splice(0)) this.#advanceOrder(one);
    if (this.#random() < 0.12 && !this.pending) this.#open(now);
    return true;
  }

  #advance(cell: MockCell): void {
    if (cell.phase === "sent") {
      Object.assign(cell, { phase: "confirmed", engaged: true });
      this.#record("CodeConfirmed", { cell: cell.cell });
    } else if (cell.phase === "pending" && !this.pending) {
      cell.phase = "sent";
    } else if (cell.phase === "revoking") {
      Object.assign(cell, { phase: "free", engaged: false, label: "", expires_at: null });
    }
  }

  #advanceOrder(one: { ordered: Ordered; tell: Tell; wasSent: boolean }): void {
    if (this.pending && one.ordered.name !== "approve") this.#waiting.push(one);
    else if (!one.wasSent) {
      one.wasSent = true;
      one.tell(null);
      this.#waiting.push(one);
    } else one.tell({ kind: "done", text: `the board's report ${this.send} shows it` });
  }

  #reboot(): void {
    this.rebooting = 0;
    this.epoch++;
    this.send = 1;
    this.#record("BoardRebooted", { epoch: this.epoch, implied: false });
  }

  #open(now: number): void {
    const used = this.cells.filter((cell) => cell.phase === "confirmed");
    const cell = used[Math.floor(this.#random() * used.length)];
    if (!cell) return;
    cell.opened_at = iso(now);
    this.#record("CellOpened", { cell: cell.cell, repeat: false });
  }

  status(): Record<string, unknown> {
    const age = Math.round((Date.now() - this.lastAt) / 1000);
    const state = this.silent ? "away" : "live";
    const waits = this.pending && `waits for approval: ${this.pending}`;
    const reason = this.silent ? `no message for ${age} s` : waits || "it reports";
    const cells_with_code = this.cells.filter((cell) => ["pending", "sent", "confirmed"].includes(cell.phase)).length;
    const { columns, rows, alarms, label, blocked } = this;
    return {
      ...{ state, reason, connected: !this.silent && !this.pending, since: this.#since, simulated: true },
      ...{ pending: this.pending !== "", blocked, columns, rows, cells_with_code, alarms, label },
    };
  }

  state(): Record<string, unknown> {
    const { columns, rows, cells, flags } = this;
    const block = { wanted: this.blocked, confirmed: this.blocked === this.blockedConfirmed };
    const reboot = this.rebooting ? { wanted: true, replies_left: this.rebooting } : null;
    const pending = { is: this.pending !== "", reason: this.pending };
    const states = [this.blockedConfirmed ? 3 : 0];
    return { columns, rows, numbering: "matrix", cells, block, reboot, pending, states, flags };
  }

  heard(): Record<string, unknown> {
    const { channel, wifi, gsm, epoch } = this;
    const channels = Object.fromEntries(Object.entries(this.#lastByChannel).map(([key, at]) => [key, iso(at)]));
    const counters = { messages: this.send % 9000, late: 2, duplicates: 11, errors: 0, replies: this.send % 9000 };
    return { at: iso(this.lastAt), send: String(this.send), epoch, channel, channels, wifi, gsm, counters };
  }
}

/** Numbers from 0 to 1 that are the same at every start. */
function seeded(seed: number): () => number {
  let state = seed * 2_654_435_761;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 4_294_967_296;
  };
}
