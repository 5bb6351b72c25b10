/** The recorded changes of a table: the newest, older ones on demand, and what comes while one looks. */

import { Cell } from "../../cell";
import type { HistoryPage, HistoryRow } from "./routes";

export interface HistoryState {
  /** Newest first. */
  rows: readonly HistoryRow[];
  /** Older rows lie before this; null: these are all. */
  next: number | null;
  isRead: boolean;
  isLoading: boolean;
  trouble: string;
}

export type ReadPage = (before: number | null, rows: number) => Promise<HistoryPage>;

// A table that flaps all day must not fill this browser; what is older than these rows stays on the server.
export const ROWS_MAX = 4_000;
// Rows of a page to begin with and of older ones; of a look at what is new, which mostly finds one.
const PAGE_ROWS = 300;
const NEWEST_ROWS = 40;
// After a change: long enough that a burst of updates is one question.
const REFRESH_MS = 700;

export class HistoryStore {
  readonly state = new Cell<HistoryState>({ rows: [], next: null, isRead: false, isLoading: false, trouble: "" });
  readonly #read: ReadPage;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isEnded = false;
  #isBusy = false;

  constructor(read: ReadPage) {
    this.#read = read;
  }

  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
  }

  /** Read the newest page, and put it before what is known; while another page is being read, after that. */
  refresh(): Promise<void> {
    if (this.#isBusy) this.refreshSoon();
    const rows = this.state.value.isRead ? NEWEST_ROWS : PAGE_ROWS;
    return this.#load(null, rows, (page) => withNewest(this.state.value, page));
  }

  /** Something has changed: read soon. */
  refreshSoon(): void {
    if (this.#isEnded || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#isBusy) this.refreshSoon();
      else void this.refresh();
    }, REFRESH_MS);
  }

  /** Read the page before the oldest row. */
  older(): Promise<void> {
    const { next } = this.state.value;
    if (next === null) return Promise.resolve();
    return this.#load(next, PAGE_ROWS, (page) => ({ rows: [...this.state.value.rows, ...page.rows], next: page.next }));
  }

  /** Read until everything since `time` is known, or as much as is kept. */
  async reach(time: number): Promise<void> {
    while (!this.#isEnded && !this.state.value.trouble && needsOlder(this.state.value, time)) {
      if (this.#isBusy) return;
      await this.older();
    }
  }

  async #load(
    before: number | null,
    rows: number,
    join: (page: HistoryPage) => Pick<HistoryState, "rows" | "next">,
  ): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#put({ isLoading: true, trouble: "" });
    try {
      const page = await this.#read(before, rows);
      this.#put({ ...join(page), isRead: true });
    } catch (error) {
      this.#put({ trouble: (error as Error).message });
    } finally {
      this.#isBusy = false;
      this.#put({ isLoading: false });
    }
  }

  #put(changes: Partial<HistoryState>): void {
    if (!this.#isEnded) this.state.value = { ...this.state.value, ...changes };
  }
}

/** From when on every change is among the rows, in milliseconds since 1970. */
export function reachOf(state: HistoryState): number {
  if (!state.isRead) return Infinity;
  const oldest = state.rows.at(-1);
  return state.next === null || !oldest ? -Infinity : Date.parse(oldest.at);
}

export function needsOlder(state: HistoryState, time: number): boolean {
  return state.isRead && state.next !== null && state.rows.length < ROWS_MAX && reachOf(state) > time;
}

/** The newest page before the known rows; when rows between them are missing, the page alone. */
export function withNewest(known: HistoryState, page: HistoryPage): Pick<HistoryState, "rows" | "next"> {
  const newest = known.rows[0]?.seq ?? -1;
  const fresh = page.rows.filter((row) => row.seq > newest);
  const isJoined = fresh.length < page.rows.length || page.next === null;
  if (!known.isRead || !isJoined) return { rows: page.rows, next: page.next };
  if (page.next === null) return { rows: page.rows, next: null };
  const rows = [...fresh, ...known.rows];
  if (rows.length <= ROWS_MAX) return { rows, next: known.next };
  const kept = rows.slice(0, ROWS_MAX);
  return { rows: kept, next: kept.at(-1)!.seq };
}
