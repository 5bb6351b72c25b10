/** Everything that the server shows of one ventilator, kept while a part of the page looks at it. */

import { Cell } from "../../cell";
import type { LiveClient } from "../../live";
import type { UnitStatus } from "../../protocol";
import type { Alarm } from "./alarm_names";
import type { Profile } from "./fields";
import { SampleClock } from "./sample_clock";
import { SampleRing } from "./sample_ring";

export interface VentilatorStatus extends UnitStatus {
  version?: number;
  fsm_state: number | null;
  fsm_name: string | null;
  breathing?: boolean;
  counters?: Record<string, number>;
}

/** The topic `gateway/unit/sensors`. */
export interface Sensors {
  sensors: Record<string, number>;
  at: string;
  stale: boolean;
}

// Without a sample for so long nothing is shown as live; the server's own default.
export const STALE_S = 2;
// Past samples to begin with, so that a page opens with a line: as many as the server keeps by default.
const PAST_SAMPLES = 2_000;
// Between two changes of the figures on the page.
const SENSORS_MS = 125;

export class UnitFeed {
  readonly unit: string;
  readonly status = new Cell<VentilatorStatus | null>(null);
  readonly profile = new Cell<Profile | null>(null);
  readonly sensors = new Cell<Sensors | null>(null);
  readonly alarms = new Cell<readonly Alarm[] | null>(null);
  readonly clock = new SampleClock();
  /** Null until the profile is known. */
  ring: SampleRing | null = null;
  readonly #ends: (() => void)[] = [];
  #early: number[][] = [];
  #sensorsNext: Sensors | null = null;
  #sensorsAt = -Infinity;
  #sensorsTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(live: LiveClient, unit: string) {
    this.unit = unit;
    const state = <T>(aspect: string, take: (value: T) => void, gone: () => void): void => {
      const follower = { onValue: (_: string, value: unknown) => take(value as T), onGone: gone };
      this.#ends.push(live.follow(`${unit}/${aspect}`, follower));
    };
    state<VentilatorStatus>("status", (v) => (this.status.value = v), () => (this.status.value = null));
    state<Profile>("profile", (v) => this.#onProfile(v), () => {});
    state<Sensors>("sensors", (v) => this.#onSensors(v), () => (this.sensors.value = null));
    state<{ alarms: Alarm[] }>("alarms", (v) => (this.alarms.value = v.alarms), () => (this.alarms.value = null));
    this.#ends.push(
      live.follow(`${unit}/samples`, {
        pastValues: PAST_SAMPLES,
        onValue: (_, value) => this.#onSample(value as number[]),
        onGap: () => this.ring?.cut(),
      }),
    );
  }

  end(): void {
    for (const end of this.#ends) end();
    clearTimeout(this.#sensorsTimer);
  }

  /** Which column of a sample holds a field; -1 if the profile has none of that name. */
  columnOf(name: string): number {
    return this.profile.value?.fields.findIndex((field) => field.name === name) ?? -1;
  }

  /** Seconds since a sample arrived here; NaN before the first. */
  age(now: number = performance.now() / 1000): number {
    return this.clock.age(now);
  }

  /** The newest value of a field; null without one. */
  latest(name: string): number | null {
    const column = this.columnOf(name);
    if (!this.ring?.length || column < 0) return this.sensors.value?.sensors[name] ?? null;
    return this.ring.value(this.ring.end - 1, column);
  }

  /** Figures change at a rate that can be read, also when every sample brings them; "stale" shows at once. */
  #onSensors(sensors: Sensors): void {
    this.#sensorsNext = sensors;
    const wait = this.#sensorsAt + SENSORS_MS - performance.now();
    if (wait <= 0 || sensors.stale !== this.sensors.value?.stale) this.#showSensors();
    else this.#sensorsTimer ??= setTimeout(() => this.#showSensors(), wait);
  }

  #showSensors(): void {
    clearTimeout(this.#sensorsTimer);
    this.#sensorsTimer = undefined;
    this.#sensorsAt = performance.now();
    this.sensors.value = this.#sensorsNext;
  }

  #onProfile(profile: Profile): void {
    const known = this.profile.value;
    if (known && JSON.stringify(known) === JSON.stringify(profile)) return;
    this.ring = new SampleRing(profile.fields.length);
    this.profile.value = profile;
    for (const sample of this.#early) this.#onSample(sample);
    this.#early = [];
  }

  #onSample(sample: number[]): void {
    if (!this.ring) {
      // The profile travels with the same answer; only a few samples can come before it.
      if (this.#early.length < PAST_SAMPLES) this.#early.push(sample);
      return;
    }
    this.ring.push(sample);
    this.clock.hear(this.ring.lastTime, performance.now() / 1000);
  }
}

// A part of the page that goes away is often replaced by one that looks at the same unit.
const LINGER_MS = 3_000;

/** The feeds in use, shared by all parts that look at the same unit. */
export class UnitFeeds {
  readonly #live: LiveClient;
  readonly #feeds = new Map<string, { feed: UnitFeed; users: number }>();

  constructor(live: LiveClient) {
    this.#live = live;
  }

  take(unit: string): UnitFeed {
    let held = this.#feeds.get(unit);
    if (!held) this.#feeds.set(unit, (held = { feed: new UnitFeed(this.#live, unit), users: 0 }));
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
