/** The range of an axis that grows at once and shrinks late, in round steps, so that a breathing line stands still. */

// The data must be this much smaller than the range, for so long, before the range shrinks.
const SHRINK_SHARE = 0.55;
const SHRINK_AFTER_S = 4;

export interface Span {
  min: number;
  max: number;
}

export class ScaleRange {
  #span: Span | null = null;
  #roomySince = NaN;

  /** The range for data from `low` to `high`, at `now` (seconds); both NaN when there is nothing to show. */
  fit(low: number, high: number, now: number): Span {
    if (Number.isNaN(low) || Number.isNaN(high)) return this.#span ?? { min: 0, max: 1 };
    const wanted = roundSpan(low, high);
    const span = this.#span;
    if (!span || low < span.min || high > span.max) {
      this.#roomySince = NaN;
      this.#span = span
        ? { min: Math.min(span.min, wanted.min), max: Math.max(span.max, wanted.max) }
        : wanted;
      return this.#span;
    }
    if (wanted.max - wanted.min > (span.max - span.min) * SHRINK_SHARE) this.#roomySince = NaN;
    else if (Number.isNaN(this.#roomySince)) this.#roomySince = now;
    else if (now - this.#roomySince > SHRINK_AFTER_S) {
      this.#span = wanted;
      this.#roomySince = NaN;
    }
    return this.#span!;
  }

  reset(): void {
    this.#span = null;
    this.#roomySince = NaN;
  }
}

// A line at rest has the noise of its last digit; a range below this share of the value would blow it up.
const SIZE_SHARE_MIN = 0.25;

/** A range with round ends and a little air that holds the data; from zero when the data is near it. */
export function roundSpan(low: number, high: number): Span {
  const size = Math.max(high - low, Math.max(Math.abs(low), Math.abs(high)) * SIZE_SHARE_MIN, 1e-6);
  const widen = (size - (high - low)) / 2;
  low = low >= 0 ? Math.max(0, low - widen) : low - widen;
  high += widen;
  const step = roundStep(size / 3);
  let min = Math.floor((low - size * 0.06) / step) * step;
  let max = Math.ceil((high + size * 0.06) / step) * step;
  if (low >= 0 && min < high * 0.35) min = Math.min(0, low);
  if (max - min < step) max = min + step;
  return { min, max };
}

/** The next of 1, 2, 2.5, 5 × 10ⁿ at or above `size`. */
export function roundStep(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size));
  for (const factor of [1, 2, 2.5, 5]) if (factor * power >= size * 0.999) return factor * power;
  return 10 * power;
}

/** About `count` round ticks within a range. */
export function ticksOf(span: Span, count: number): number[] {
  const step = roundStep((span.max - span.min) / Math.max(1, count));
  const ticks: number[] = [];
  for (let tick = Math.ceil(span.min / step - 1e-9) * step; tick <= span.max + step * 1e-9; tick += step) {
    ticks.push(Math.abs(tick) < step * 1e-9 ? 0 : tick);
  }
  return ticks;
}
