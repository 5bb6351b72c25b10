/**
 * Where the right edge of a moving plot is, in the time of the samples.
 *
 * Samples come in bursts and late; the least late ones tell how the two clocks stand to each other. The edge then
 * moves with this browser's clock, smoothly, one sample behind, so that the line always reaches it.
 */

// A sample that is so far from what was expected tells that a clock was set, not that it was late.
const STEP_S = 1.5;
// How fast an estimate that was too early gives way; slow, because lateness is common and drift is not.
const GIVE_WAY = 0.005;
// The edge stays at most so far behind, also at low rates.
const BEHIND_S_MAX = 0.3;

export class SampleClock {
  #offset = NaN;
  #period = NaN;
  #lastTime = NaN;
  #arrivedAt = NaN;

  /** A sample of `time` (seconds since 1970) arrived at `now` (monotonic seconds of this browser). */
  hear(time: number, now: number): void {
    const offset = time - now;
    if (Number.isNaN(this.#offset) || Math.abs(offset - this.#offset) > STEP_S) this.#offset = offset;
    else if (offset > this.#offset) this.#offset = offset;
    else this.#offset += (offset - this.#offset) * GIVE_WAY;
    const step = time - this.#lastTime;
    if (step > 0 && step < STEP_S) {
      this.#period = Number.isNaN(this.#period) ? step : this.#period + (step - this.#period) * 0.05;
    }
    this.#lastTime = time;
    this.#arrivedAt = now;
  }

  /** Seconds between samples, on average; NaN before two came. */
  get period(): number {
    return this.#period;
  }

  /** Seconds since the last sample arrived; NaN before the first. */
  age(now: number): number {
    return now - this.#arrivedAt;
  }

  /** The time (seconds since 1970) at the right edge of the plot. */
  edge(now: number): number {
    const behind = Number.isNaN(this.#period) ? 0 : Math.min(BEHIND_S_MAX, this.#period * 1.25);
    return this.#offset + now - behind;
  }
}
