/** How time becomes a place from left to right: a window that scrolls, or a sweep that overwrites itself. */

export type Motion = "scroll" | "sweep";

/** Seconds of the window that a page offers. */
export const WINDOWS_S = [10, 30, 60] as const;

// The empty bar before the sweep, as a share of the window.
const BAR_SHARE = 0.03;

export class TimeWindow {
  readonly motion: Motion;
  readonly size: number;
  /** Seconds since 1970 at the newest end. */
  readonly edge: number;
  /** Where the present sweep began; only for a sweep. */
  readonly #turn: number;

  constructor(motion: Motion, size: number, edge: number) {
    this.motion = motion;
    this.size = size;
    this.edge = edge;
    this.#turn = Math.floor(edge / size) * size;
  }

  /** The oldest time shown. */
  get start(): number {
    return this.motion === "scroll" ? this.edge - this.size : this.edge - this.size * (1 - BAR_SHARE);
  }

  /** The ends of the axis: −size..0 when it scrolls, 0..size when it sweeps. */
  get span(): { min: number; max: number } {
    return this.motion === "scroll" ? { min: -this.size, max: 0 } : { min: 0, max: this.size };
  }

  /** The place of a time on the axis. */
  place(time: number): number {
    if (this.motion === "scroll") return time - this.edge;
    return time >= this.#turn ? time - this.#turn : time - this.#turn + this.size;
  }

  /** The time at a place of the axis. */
  time(place: number): number {
    if (this.motion === "scroll") return this.edge + place;
    const time = this.#turn + place;
    return time <= this.edge ? time : time - this.size;
  }

  /** The first time of the part that is drawn from the left; equal to `start` when it scrolls. */
  get turn(): number {
    return this.motion === "scroll" ? this.start : Math.max(this.start, this.#turn);
  }
}
