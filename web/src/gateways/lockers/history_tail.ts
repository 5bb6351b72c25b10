/** The history of a hall, of a board or of one cell: pages from the server, and what happens from now on. */

import { Cell } from "../../cell";
import type { LiveClient } from "../../live";
import type { EventInfo } from "../../protocol";
import { isTold } from "./history_words";
import type { HistoryEvent, HistorySource } from "./routes";

export interface HistoryState {
  /** Newest first. */
  events: readonly HistoryEvent[];
  isLoading: boolean;
  /** Why it could not be read; empty when it could. */
  trouble: string;
  /** Ask for what is older than this next; null: nothing is. */
  next: number | null;
}

// Newer events push older ones out; those are asked for again.
const EVENTS_MAX = 500;
// A board may report many openings at once; the list is drawn so often at most.
const DRAW_MS = 150;
// A server that is behind skips to the newest events; a smaller jump is events that are not mine to see.
const JUMP_EVENTS_MAX = 500;
// It may be behind for long; the newest page is then read so often at most.
const AGAIN_MS = 3_000;

export class HistoryTail {
  readonly state = new Cell<HistoryState>({ events: [], isLoading: true, trouble: "", next: null });
  readonly #source: HistorySource;
  readonly #live: LiveClient;
  #early: HistoryEvent[] = [];
  #drawing: ReturnType<typeof setTimeout> | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #seqNewest = 0;
  #unfollow: (() => void) | null = null;

  constructor(source: HistorySource, live: LiveClient) {
    this.#source = source;
    this.#live = live;
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
    clearTimeout(this.#again);
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
      const page = await this.#source.read(before);
      const events = merged([...kept(), ...page.events, ...this.#early]).filter(isTold);
      this.#early = [];
      this.state.value = { events, isLoading: false, trouble: "", next: page.next };
    } catch (error) {
      this.state.value = { ...this.state.value, isLoading: false, trouble: (error as Error).message };
    }
  }

  #hear(event: EventInfo): void {
    const jump = event.seq - this.#seqNewest;
    if (this.#seqNewest > 0 && jump > JUMP_EVENTS_MAX) this.#loadSoon();
    this.#seqNewest = Math.max(this.#seqNewest, event.seq);
    if (!isTold(event) || !this.#source.has(event)) return;
    this.#early.push(event);
    this.#drawing ??= setTimeout(() => this.#show(), DRAW_MS);
  }

  #loadSoon(): void {
    this.#again ??= setTimeout(() => {
      this.#again = undefined;
      void this.load();
    }, AGAIN_MS);
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
