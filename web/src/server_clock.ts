/** The server's time of day, guessed from this browser's clock and what the server's answers said. */

// Below this the two clocks are taken as the same: an HTTP Date has whole seconds and travels for a while.
const SAME_CLOCK_MS = 2_000;

export class ServerClock {
  #offsetMs = 0;

  /** Take the Date header of an answer that has just come. */
  hear(dateHeader: string | null, now: number = Date.now()): void {
    const at = dateHeader === null ? NaN : Date.parse(dateHeader);
    if (Number.isNaN(at)) return;
    const offset = at + 500 - now;
    this.#offsetMs = Math.abs(offset) < SAME_CLOCK_MS ? 0 : offset;
  }

  /** Milliseconds since 1970, as the server would say now. */
  now(): number {
    return Date.now() + this.#offsetMs;
  }
}
