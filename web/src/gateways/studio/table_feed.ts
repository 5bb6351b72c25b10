/** What the server shows of one table, or of all tables of a gateway, kept while a part of the page looks at it. */

import { Cell } from "../../cell";
import type { LiveClient } from "../../live";
import type { Presence, TableAlarms, TableState, TableStatus } from "./table";

const ASPECTS = ["status", "table", "presence", "alarms"] as const;

export class TableFeed {
  /** `studio/ARO-001`. */
  readonly unit: string;
  /** `ARO-001`. */
  readonly name: string;
  readonly status = new Cell<TableStatus | null>(null);
  readonly state = new Cell<TableState | null>(null);
  readonly presence = new Cell<Presence | null>(null);
  readonly alarms = new Cell<TableAlarms | null>(null);

  constructor(unit: string) {
    this.unit = unit;
    this.name = unit.split("/")[1] ?? unit;
  }

  /** Take the value of a topic; null: the topic is no more. Says whether anything was kept. */
  hear(aspect: string, value: unknown): boolean {
    switch (aspect) {
      case "status":
        this.status.value = value as TableStatus | null;
        return true;
      case "table":
        this.state.value = value as TableState | null;
        return true;
      case "presence":
        this.presence.value = value as Presence | null;
        return true;
      case "alarms":
        this.alarms.value = value as TableAlarms | null;
        return true;
      default:
        return false;
    }
  }

  /** Nothing is kept of it any more. */
  get isEmpty(): boolean {
    return !this.status.value && !this.state.value;
  }
}

/** Let a feed follow its table; returns the function that ends it. */
export function followTable(live: LiveClient, feed: TableFeed): () => void {
  const ends = ASPECTS.map((aspect) =>
    live.follow(`${feed.unit}/${aspect}`, {
      onValue: (_, value) => void feed.hear(aspect, value),
      onGone: () => void feed.hear(aspect, null),
    }),
  );
  return () => ends.forEach((end) => end());
}

// Many tables change within a moment; the order of the board follows a few times a second.
const RETELL_MS = 200;

/** All tables of a gateway, with four subscriptions together however many tables there are. */
export class StudioFeed {
  /** By unit; replaced when a table comes, goes or changes, at most every `RETELL_MS`. */
  readonly tables = new Cell<ReadonlyMap<string, TableFeed>>(new Map());
  readonly #feeds = new Map<string, TableFeed>();
  readonly #ends: (() => void)[];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(live: LiveClient, gateway: string) {
    this.#ends = ASPECTS.map((aspect) =>
      live.follow(`${gateway}/*/${aspect}`, {
        onValue: (topic, value) => this.#hear(topic, aspect, value),
        onGone: (topic) => this.#hear(topic, aspect, null),
      }),
    );
  }

  end(): void {
    for (const end of this.#ends) end();
    clearTimeout(this.#timer);
  }

  #hear(topic: string, aspect: string, value: unknown): void {
    const unit = topic.slice(0, topic.lastIndexOf("/"));
    let feed = this.#feeds.get(unit);
    if (!feed) {
      if (value === null) return;
      this.#feeds.set(unit, (feed = new TableFeed(unit)));
    }
    feed.hear(aspect, value);
    if (feed.isEmpty && value === null) this.#feeds.delete(unit);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.tables.value = new Map(this.#feeds);
    }, RETELL_MS);
  }
}
