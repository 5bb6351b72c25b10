/** What the server says of one board, and of all boards of a hall, kept while a part of the page looks at it. */

import { Cell } from "../../cell";
import type { LiveClient } from "../../live";
import type { BoardState, BoardStatus, Heard } from "./board";

export class BoardFeed {
  readonly unit: string;
  readonly status = new Cell<BoardStatus | null>(null);
  readonly board = new Cell<BoardState | null>(null);
  readonly heard = new Cell<Heard | null>(null);
  readonly #ends: (() => void)[];

  constructor(live: LiveClient, unit: string) {
    this.unit = unit;
    const state = <T>(aspect: string, cell: Cell<T | null>): (() => void) =>
      live.follow(`${unit}/${aspect}`, {
        onValue: (_, value) => (cell.value = value as T),
        onGone: () => (cell.value = null),
      });
    this.#ends = [state("status", this.status), state("board", this.board), state("heard", this.heard)];
  }

  end(): void {
    for (const end of this.#ends) end();
  }
}

// A part of the page that goes away is often replaced by one that looks at the same board.
const LINGER_MS = 3_000;

/** The feeds in use, shared by all parts that look at the same board. */
export class BoardFeeds {
  readonly #live: LiveClient;
  readonly #feeds = new Map<string, { feed: BoardFeed; users: number }>();

  constructor(live: LiveClient) {
    this.#live = live;
  }

  take(unit: string): BoardFeed {
    let held = this.#feeds.get(unit);
    if (!held) this.#feeds.set(unit, (held = { feed: new BoardFeed(this.#live, unit), users: 0 }));
    held.users++;
    return held.feed;
  }

  give(unit: string): void {
    const held = this.#feeds.get(unit);
    if (!held || --held.users > 0) return;
    setTimeout(() => {
      if (held.users > 0 || this.#feeds.get(unit) !== held) return;
      held.feed.end();
      this.#feeds.delete(unit);
    }, LINGER_MS);
  }
}

// A thousand boards speak at any time; the hall is drawn so often at most.
const HALL_DRAW_MS = 250;

/** Status and last report of every board of a gateway. */
export class HallFeed {
  /** Counts up when something changed; read `statuses` and `heard` then. */
  readonly changed = new Cell(0);
  readonly statuses = new Map<string, BoardStatus>();
  readonly heard = new Map<string, Heard>();
  readonly #ends: (() => void)[];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(live: LiveClient, gateway: string) {
    const follow = <T>(aspect: string, known: Map<string, T>): (() => void) =>
      live.follow(`${gateway}/*/${aspect}`, {
        onValue: (topic, value) => {
          known.set(unitOf(topic), value as T);
          this.#drawSoon();
        },
        onGone: (topic) => {
          known.delete(unitOf(topic));
          this.#drawSoon();
        },
      });
    this.#ends = [follow("status", this.statuses), follow("heard", this.heard)];
  }

  end(): void {
    for (const end of this.#ends) end();
    clearTimeout(this.#timer);
  }

  #drawSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.changed.value++;
    }, HALL_DRAW_MS);
  }
}

function unitOf(topic: string): string {
  return topic.slice(0, topic.lastIndexOf("/"));
}
