/** What the server shows of one machine, or of all machines of a gateway, kept while a part of the page looks at it. */

import { Cell } from "../../cell";
import type { Follower, LiveClient } from "../../live";
import { isIdle, Tail } from "./frames";
import type { Config, Frame, MachineException, MachineStatus, Meter, Timing } from "./machine";
import { MeterTrails } from "./spark";

// More is read in the journal, which has all of them.
const EXCEPTIONS_MAX = 100;
const FRAMES_MAX = 200;
// Frames come fifty times a second, many tables change within a moment; eyes follow a few times a second.
const RETELL_MS = 250;

const STATES = ["status", "meters"] as const;
const PAGE_STATES = ["status", "meters", "config", "timing"] as const;

export class MachineFeed {
  /** `floor/1`. */
  readonly unit: string;
  /** `1`. */
  readonly name: string;
  readonly status = new Cell<MachineStatus | null>(null);
  readonly meters = new Cell<readonly Meter[] | null>(null);
  readonly config = new Cell<Config | null>(null);
  readonly timing = new Cell<Timing | null>(null);
  /** Newest first. */
  readonly exceptions = new Cell<readonly MachineException[]>([]);
  /** Raised when frames came. */
  readonly framesHeard = new Cell(0);
  readonly frames = new Tail<Frame>(FRAMES_MAX);
  /** Without general polls that brought nothing. */
  readonly telling = new Tail<Frame>(FRAMES_MAX);
  readonly trails = new MeterTrails();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(unit: string) {
    this.unit = unit;
    this.name = unit.split("/")[1] ?? unit;
  }

  /** Take the value of a topic; null: the topic is no more. A feed without a value yet brings null, too. */
  hear(aspect: string, value: unknown): void {
    switch (aspect) {
      case "status":
        this.status.value = value as MachineStatus | null;
        break;
      case "meters":
        this.meters.value = value as Meter[] | null;
        if (value) this.trails.take(value as Meter[]);
        break;
      case "config":
        this.config.value = value as Config | null;
        break;
      case "timing":
        this.timing.value = value as Timing | null;
        break;
      case "exceptions":
        if (value) this.#hearException(value as MachineException);
        break;
      case "frames":
        if (value) this.#hearFrame(value as Frame);
        break;
    }
  }

  /** Past values come again after a pause of the connection; the number tells which are new. */
  #hearException(heard: MachineException): void {
    const isKnown = this.exceptions.value.some((one) => one.number === heard.number && one.at === heard.at);
    if (isKnown) return;
    this.exceptions.value = [heard, ...this.exceptions.value]
      .sort((one, other) => other.number - one.number)
      .slice(0, EXCEPTIONS_MAX);
  }

  #hearFrame(frame: Frame): void {
    this.frames.add(frame);
    if (!isIdle(frame)) this.telling.add(frame);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.framesHeard.value++;
    }, RETELL_MS);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** Let a feed follow all of its machine; returns the function that ends it. */
export function followMachine(live: LiveClient, feed: MachineFeed): () => void {
  const ends = PAGE_STATES.map((aspect) => live.follow(`${feed.unit}/${aspect}`, stateOf(feed, aspect)));
  ends.push(live.follow(`${feed.unit}/exceptions`, { ...feedOf(feed, "exceptions"), pastValues: EXCEPTIONS_MAX }));
  ends.push(live.follow(`${feed.unit}/frames`, feedOf(feed, "frames")));
  return () => {
    for (const end of ends) end();
    feed.end();
  };
}

/** Let a feed follow what a card shows. */
export function followBriefly(live: LiveClient, feed: MachineFeed): () => void {
  const ends = STATES.map((aspect) => live.follow(`${feed.unit}/${aspect}`, stateOf(feed, aspect)));
  ends.push(live.follow(`${feed.unit}/exceptions`, { ...feedOf(feed, "exceptions"), pastValues: 1 }));
  return () => ends.forEach((end) => end());
}

const stateOf = (feed: MachineFeed, aspect: string): Follower => ({
  onValue: (_, value) => feed.hear(aspect, value),
  onGone: () => feed.hear(aspect, null),
});

const feedOf = (feed: MachineFeed, aspect: string): Follower => ({ onValue: (_, value) => feed.hear(aspect, value) });

/** All machines of a gateway: each that has a status. */
export class FloorFeed {
  /** By unit; replaced when a machine comes, goes or changes its status, at most every `RETELL_MS`. */
  readonly machines = new Cell<ReadonlyMap<string, MachineFeed>>(new Map());
  readonly #live: LiveClient;
  readonly #feeds = new Map<string, MachineFeed>();
  readonly #ends = new Map<string, () => void>();
  readonly #end: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(live: LiveClient, gateway: string) {
    this.#live = live;
    this.#end = live.follow(`${gateway}/*/status`, {
      onValue: (topic, value) => this.#hear(unitOf(topic), value),
      onGone: (topic) => this.#hear(unitOf(topic), null),
    });
  }

  end(): void {
    this.#end();
    for (const end of this.#ends.values()) end();
    clearTimeout(this.#timer);
  }

  #hear(unit: string, status: unknown): void {
    if (status === null) {
      this.#ends.get(unit)?.();
      this.#ends.delete(unit);
      this.#feeds.delete(unit);
    } else {
      let feed = this.#feeds.get(unit);
      if (!feed) {
        this.#feeds.set(unit, (feed = new MachineFeed(unit)));
        this.#ends.set(unit, followBriefly(this.#live, feed));
      }
      feed.hear("status", status);
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.machines.value = new Map(this.#feeds);
    }, RETELL_MS);
  }
}

const unitOf = (topic: string): string => topic.slice(0, topic.lastIndexOf("/"));
