/** Commands that were asked for from here or by others, and how far they are. */

import { type Api, ApiError } from "./api";
import { Cell } from "./cell";
import type { Follower, LiveClient } from "./live";
import type { CommandReport, CommandState } from "./protocol";

/** What this page adds to the server's states: `asking` (no answer yet) and `failed` (not accepted). */
export type Stage = "asking" | "failed" | CommandState;

export interface Entry {
  id: string;
  unit: string;
  name: string;
  /** As asked here; null for commands of others. */
  params: Record<string, unknown> | null;
  stage: Stage;
  report: CommandReport | null;
  /** Why it was not accepted, or what is known while no answer comes. */
  trouble: string;
  /** Milliseconds since 1970, of this browser: when it was first heard of, and of the last change. */
  askedAt: number;
  changedAt: number;
}

// A command that ended is history; the journal has it. The list is for what happens now.
const ENTRIES_MAX = 60;
// How long silence about an open command lasts before the page asks again.
const LOOK_AGAIN_MS = 2_000;

const ORDER: Record<Stage, number> = {
  asking: 0,
  accepted: 1,
  sent: 2,
  unknown: 3,
  failed: 4,
  done: 4,
  refused: 4,
  expired: 4,
};

export function isEnded(stage: Stage): boolean {
  return ORDER[stage] === 4;
}

export class Commands {
  /** Newest first. */
  readonly entries = new Cell<readonly Entry[]>([]);
  readonly #api: Api;
  readonly #makeId: () => string;

  constructor(api: Api, makeId: () => string = randomId) {
    this.#api = api;
    this.#makeId = makeId;
  }

  /** Hear of every command that changes its state. */
  follow(live: LiveClient): () => void {
    const follower: Follower = {
      onValue: (_, value) => this.hear(value as CommandReport),
      onGap: () => void this.lookAgain(true),
    };
    return live.follow("lineside/commands", follower);
  }

  /** Ask for a command; its entry tells the rest. */
  async ask(unit: string, name: string, params: Record<string, unknown> = {}, reason = ""): Promise<void> {
    const id = this.#makeId();
    const now = Date.now();
    this.#put({ id, unit, name, params, stage: "asking", report: null, trouble: "", askedAt: now, changedAt: now });
    try {
      this.hear(await this.#api.command({ id, unit, name, params, reason }));
    } catch (error) {
      if (error instanceof ApiError && error.isAway) this.#change(id, { trouble: "no answer yet; asking again" });
      else this.#change(id, { stage: "failed", trouble: (error as Error).message });
    }
  }

  /** Take a report; one that is older than what is known changes nothing. */
  hear(report: CommandReport): void {
    const known = this.entries.value.find((entry) => entry.id === report.id);
    if (known && ORDER[report.state] < ORDER[known.stage]) return;
    if (known) {
      this.#change(report.id, { stage: report.state, report, trouble: "" });
      return;
    }
    const now = Date.now();
    const { id, unit, name, state } = report;
    this.#put({ id, unit, name, params: null, stage: state, report, trouble: "", askedAt: now, changedAt: now });
  }

  /** Ask the server about open commands that were silent for a while (or all of them, after a gap). */
  async lookAgain(all = false): Promise<void> {
    const before = Date.now() - LOOK_AGAIN_MS;
    const open = this.entries.value.filter((entry) => !isEnded(entry.stage) && (all || entry.changedAt < before));
    await Promise.all(open.map((entry) => this.#look(entry)));
  }

  async #look(entry: Entry): Promise<void> {
    try {
      this.hear(await this.#api.report(entry.id));
    } catch (error) {
      if (!(error instanceof ApiError) || error.isAway || error.status !== 404) return;
      if (entry.stage === "asking") this.#change(entry.id, { stage: "failed", trouble: "the server never got it" });
    }
  }

  #put(entry: Entry): void {
    this.entries.value = [entry, ...this.entries.value].slice(0, ENTRIES_MAX);
  }

  #change(id: string, changes: Partial<Entry>): void {
    this.entries.value = this.entries.value.map((entry) =>
      entry.id === id ? { ...entry, ...changes, changedAt: Date.now() } : entry,
    );
  }
}

/** 128 random bits; `crypto.randomUUID` is missing on pages that came without TLS from another machine. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `web-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
