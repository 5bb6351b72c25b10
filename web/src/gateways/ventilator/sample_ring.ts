/**
 * The last samples of a unit in typed arrays of fixed size: memory does not grow, whatever the rate or the time.
 *
 * A sample comes as `[at_ms, v1, …, vn]`. Times never fall: a clock that was corrected by a little is held, one that
 * was set back by more empties the ring, because a plot cannot show two times in one place.
 */

// 60 s at 200 Hz and some more; a power of two, so that the place of a sample is a mask away.
export const RING_SAMPLES = 16_384;

const CLOCK_STEP_S = 1;

export class SampleRing {
  readonly width: number;
  readonly #mask: number;
  readonly #times: Float64Array;
  readonly #columns: Float32Array[];
  /** 1 where values are missing before the sample. */
  readonly #cuts: Uint8Array;
  #first = 0;
  #end = 0;
  #cutNext = true;

  /** `width` values per sample; room for `size` samples, a power of two. */
  constructor(width: number, size = RING_SAMPLES) {
    this.width = width;
    this.#mask = size - 1;
    this.#times = new Float64Array(size);
    this.#columns = Array.from({ length: width }, () => new Float32Array(size));
    this.#cuts = new Uint8Array(size);
  }

  get length(): number {
    return this.#end - this.#first;
  }

  /** Index of the oldest sample; indexes rise for ever and are valid from `first` up to `end - 1`. */
  get first(): number {
    return this.#first;
  }

  get end(): number {
    return this.#end;
  }

  /** Seconds since 1970 of the newest sample; NaN without one. */
  get lastTime(): number {
    return this.length ? this.time(this.#end - 1) : NaN;
  }

  push(sample: readonly number[]): void {
    let time = sample[0]! / 1000;
    if (time < this.lastTime - CLOCK_STEP_S) this.clear();
    else if (time < this.lastTime) time = this.lastTime;
    const place = this.#end & this.#mask;
    this.#times[place] = time;
    this.#cuts[place] = this.#cutNext ? 1 : 0;
    this.#cutNext = false;
    for (let column = 0; column < this.width; column++) this.#columns[column]![place] = sample[column + 1] ?? NaN;
    this.#end++;
    if (this.#end - this.#first > this.#times.length) this.#first++;
  }

  /** Values are missing before the next sample: no line is drawn across. */
  cut(): void {
    this.#cutNext = true;
  }

  clear(): void {
    this.#first = this.#end;
    this.#cutNext = true;
  }

  time(index: number): number {
    return this.#times[index & this.#mask]!;
  }

  value(index: number, column: number): number {
    return this.#columns[column]![index & this.#mask]!;
  }

  isCut(index: number): boolean {
    return this.#cuts[index & this.#mask] === 1;
  }

  /** Index of the first sample at or after `time` (seconds); `end` if there is none. */
  indexAt(time: number): number {
    let low = this.#first;
    let high = this.#end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.time(middle) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A copy that no longer changes, for a paused plot. */
  frozen(): SampleRing {
    const copy = new SampleRing(this.width, this.#times.length);
    copy.#times.set(this.#times);
    copy.#cuts.set(this.#cuts);
    for (const [index, column] of this.#columns.entries()) copy.#columns[index]!.set(column);
    copy.#first = this.#first;
    copy.#end = this.#end;
    return copy;
  }
}
