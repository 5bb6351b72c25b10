/** The newest events of the journal: a first page over HTTP, then the live feed, and no hole that is not marked. */

import type { Api, EventQuery } from "./api";
import { Cell } from "./cell";
import type { LiveClient } from "./live";
import type { EventInfo } from "./protocol";

/** A hole between two rows: events above `after` that are not shown here. */
export interface Hole {
  hole: true;
  after: number;
  before: number;
}

export type Row = EventInfo | Hole;

export function isHole(row: Row): row is Hole {
  return "hole" in row;
}

export interface EventFilter {
  gateway?: string;
  unit?: string;
  kind?: string;
}

export interface TailState {
  /** Newest first. */
  rows: readonly Row[];
  loading: boolean;
  /** Why the journal could not be read; empty when it could. */
  trouble: string;
  /** There are older events than those shown. */
  hasOlder: boolean;
}

const PAGE_EVENTS = 100;
// A page draws no more rows than this; what is older is asked for again.
const ROWS_MAX = 400;
// A server that is behind skips to the newest events; a smaller jump is events that are not mine to see.
const JUMP_EVENTS_MAX = 500;
// The feed may bring hundreds of events a second; the page is drawn ten times a second at most.
const DRAW_MS = 100;

export class EventTail {
  readonly state = new Cell<TailState>({ rows: [], loading: true, trouble: "", hasOlder: false });
  readonly #api: Api;
  readonly #live: LiveClient;
  readonly #filter: EventFilter;
  #rows: Row[] = [];
  #seqNewest = 0;
  #hasOlder = false;
  #drawing: ReturnType<typeof setTimeout> | null = null;
  #loading: Promise<void> | null = null;
  #unfollow: (() => void) | null = null;

  constructor(api: Api, live: LiveClient, filter: EventFilter) {
    this.#api = api;
    this.#live = live;
    this.#filter = filter;
  }

  start(): void {
    this.#unfollow = this.#live.follow("lineside/events", {
      onValue: (_, value) => this.#hear(value as EventInfo),
      onGap: () => void this.catchUp(),
    });
    void this.load();
  }

  stop(): void {
    this.#unfollow?.();
    if (this.#drawing !== null) clearTimeout(this.#drawing);
    this.#drawing = null;
  }

  /** The newest page, from the start. */
  load(): Promise<void> {
    return this.#read({ newest: true, limit: PAGE_EVENTS }, (events) => {
      this.#hasOlder = events.length >= PAGE_EVENTS;
      this.#merge(events);
    });
  }

  /** The page before the oldest event shown. */
  loadOlder(): Promise<void> {
    const oldest = this.#rows.findLast((row): row is EventInfo => !isHole(row));
    if (!oldest) return this.load();
    return this.#read({ newest: true, before: oldest.seq, limit: PAGE_EVENTS }, (events) => {
      this.#hasOlder = events.length >= PAGE_EVENTS;
      this.#merge(events, ROWS_MAX + PAGE_EVENTS * 10);
    });
  }

  /** After a gap: read what was missed; leave a mark where it is more than a page. */
  catchUp(): Promise<void> {
    const after = this.#seqNewest;
    return this.#read({ after, newest: true, limit: PAGE_EVENTS }, (events) => {
      const first = events[0];
      if (first && events.length >= PAGE_EVENTS && after > 0) {
        this.#rows.push({ hole: true, after, before: first.seq });
      }
      this.#merge(events);
    });
  }

  /** Read the events of a hole, a page at a time from its older end. */
  fill(hole: Hole): Promise<void> {
    return this.#read({ after: hole.after, before: hole.before, limit: PAGE_EVENTS }, (events) => {
      this.#rows = this.#rows.filter((row) => row !== hole);
      const last = events.at(-1);
      if (last && events.length >= PAGE_EVENTS) {
        this.#rows.push({ hole: true, after: last.seq, before: hole.before });
      }
      this.#merge(events, ROWS_MAX + PAGE_EVENTS * 10);
    });
  }

  #hear(event: EventInfo): void {
    const jump = event.seq - this.#seqNewest;
    if (this.#seqNewest > 0 && jump > JUMP_EVENTS_MAX) void this.catchUp();
    this.#seqNewest = Math.max(this.#seqNewest, event.seq);
    if (!matches(this.#filter, event)) return;
    this.#rows.unshift(event);
    if (this.#rows.length > 1 && seqOf(this.#rows[1]!) >= event.seq) this.#sort();
    this.#cut(ROWS_MAX);
    this.#drawSoon();
  }

  async #read(query: EventQuery, take: (events: EventInfo[]) => void): Promise<void> {
    while (this.#loading) await this.#loading;
    this.#loading = this.#ask(query, take).finally(() => (this.#loading = null));
    return this.#loading;
  }

  async #ask(query: EventQuery, take: (events: EventInfo[]) => void): Promise<void> {
    this.#show(true, "");
    try {
      // What machines say by the thousand while nothing happens is left out, unless somebody asks for that kind.
      const page = await this.#api.events({ routine: false, ...this.#filter, ...query });
      take(page.events);
      this.#show(false, "");
    } catch (error) {
      this.#show(false, (error as Error).message);
    }
  }

  #merge(events: EventInfo[], rowsMax = ROWS_MAX): void {
    this.#rows.push(...events);
    for (const event of events) this.#seqNewest = Math.max(this.#seqNewest, event.seq);
    this.#sort();
    this.#cut(rowsMax);
  }

  /** Newest first, none twice. A hole stands just above the event that it follows. */
  #sort(): void {
    this.#rows.sort((a, b) => seqOf(b) - seqOf(a));
    this.#rows = this.#rows.filter((row, index) => index === 0 || seqOf(row) !== seqOf(this.#rows[index - 1]!));
  }

  #cut(rowsMax: number): void {
    if (this.#rows.length <= rowsMax) return;
    this.#rows.length = rowsMax;
    this.#hasOlder = true;
  }

  #drawSoon(): void {
    this.#drawing ??= setTimeout(() => {
      this.#drawing = null;
      this.#show(this.#loading !== null, this.state.value.trouble);
    }, DRAW_MS);
  }

  #show(loading: boolean, trouble: string): void {
    this.state.value = { rows: [...this.#rows], loading, trouble, hasOlder: this.#hasOlder };
  }
}

function seqOf(row: Row): number {
  return isHole(row) ? row.after + 0.5 : row.seq;
}

/** Whether a live event passes the filter that the server applies to pages. */
export function matches(filter: EventFilter, event: { stream: string; kind: string }): boolean {
  if (filter.unit && event.stream !== filter.unit) return false;
  if (filter.gateway && event.stream.split("/")[0] !== filter.gateway) return false;
  return !filter.kind || event.kind === filter.kind;
}
