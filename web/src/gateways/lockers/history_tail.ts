/** The history of a board or of one cell: pages from the server, and what happens from now on. */

import type { Api } from "../../api";
import { Cell } from "../../cell";
import type { LiveClient } from "../../live";
import type { EventInfo } from "../../protocol";
import { cellOf, isTold } from "./history_words";
import { type HistoryEvent, readHistory } from "./routes";

export interface HistoryState {
  /** Newest first. */
  events: readonly HistoryEvent[];
  isLoading: boolean;
  /** Why it could not be read; empty when it could. */
  trouble: string;
  /** Ask for what is older than this next; null: nothing is. */
  next: number | null;
}

const PAGE_EVENTS = 50;
// Newer events push older ones out; those are asked for again.
const EVENTS_MAX = 500;
// A board may report many openings at once; the list is drawn so often at most.
const DRAW_MS = 150;

export class HistoryTail {
  readonly state = new Cell<HistoryState>({ events: [], isLoading: true, trouble: "", next: null });
  readonly #api: Api;
  readonly #live: LiveClient;
  readonly #unit: string;
  readonly #cell: number | undefined;
  #early: HistoryEvent[] = [];
  #drawing: ReturnType<typeof setTimeout> | undefined;
  #unfollow: (() => void) | null = null;

  constructor(api: Api, live: LiveClient, unit: string, cell: number | undefined) {
    this.#api = api;
    this.#live = live;
    this.#unit = unit;
    this.#cell = cell;
  }

  start(): void {
    this.#unfollow = this.#live.follow("lineside/events", {
      onValue: (_, value) => this.#hear(value as EventInfo),
      onGap: () => void this.load(),
    });
    void this.load();
  }

  stop(): void {
    this.#unfollow?.();
    clearTimeout(this.#drawing);
  }

  /** The newest page, from the start. */
  load(): Promise<void> {
    return this.#read(undefined, () => []);
  }

  loadOlder(): Promise<void> {
    const { next } = this.state.value;
    return next === null ? Promise.resolve() : this.#read(next, () => this.state.value.events);
  }

  async #read(before: number | undefined, kept: () => readonly HistoryEvent[]): Promise<void> {
    this.state.value = { ...this.state.value, isLoading: true, trouble: "" };
    try {
      const page = await readHistory(this.#api, this.#unit, { cell: this.#cell, before, limit: PAGE_EVENTS });
      const events = merged([...kept(), ...page.events, ...this.#early]).filter(isTold);
      this.#early = [];
      this.state.value = { events, isLoading: false, trouble: "", next: page.next };
    } catch (error) {
      this.state.value = { ...this.state.value, isLoading: false, trouble: (error as Error).message };
    }
  }

  #hear(event: EventInfo): void {
    if (event.stream !== this.#unit || !isTold(event)) return;
    if (this.#cell !== undefined && cellOf(event) !== this.#cell) return;
    this.#early.push(event);
    this.#drawing ??= setTimeout(() => this.#show(), DRAW_MS);
  }

  #show(): void {
    this.#drawing = undefined;
    if (this.state.value.isLoading) return; // the page that is being read takes them along
    const all = merged([...this.state.value.events, ...this.#early]);
    this.#early = [];
    const events = all.slice(0, EVENTS_MAX);
    const next = all.length > EVENTS_MAX ? (events.at(-1)?.seq ?? null) : this.state.value.next;
    this.state.value = { ...this.state.value, events, next };
  }
}

/** Newest first, each once. */
export function merged(events: readonly HistoryEvent[]): HistoryEvent[] {
  const known = new Map(events.map((event) => [event.seq, event]));
  return [...known.values()].sort((one, other) => other.seq - one.seq);
}
