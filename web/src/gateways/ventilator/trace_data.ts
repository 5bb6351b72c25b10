/** Fills a plot's arrays from the ring: only what the window shows, broken where values are missing. */

import type { SampleRing } from "./sample_ring";
import type { TimeWindow } from "./time_window";

export interface TraceData {
  /** Places on the axis, rising; the same array each time. */
  places: number[];
  /** One array per trace; null breaks its line. */
  lines: (number | null)[][];
  /** Smallest and largest value per trace; NaN when it has none. */
  lows: number[];
  highs: number[];
  /** Index of the newest point in the arrays; −1 without one. */
  newest: number;
}

export function emptyTraceData(traceCount: number): TraceData {
  const lines = Array.from({ length: traceCount }, () => []);
  return { places: [], lines, lows: [], highs: [], newest: -1 };
}

// Samples further apart than so many of their usual periods, and than this time, are not joined by a line.
const GAP_PERIODS = 6;
const GAP_S_MIN = 0.6;

/** Longest time between two samples that a line may cross; `period` may be NaN. */
export function gapSeconds(period: number): number {
  return Math.max(GAP_S_MIN, (period || 0) * GAP_PERIODS);
}

/** Fill `data` with the given columns of the ring. `gapS`: longer silences break the lines. */
export function fillTraces(data: TraceData, ring: SampleRing, columns: number[], window: TimeWindow, gapS: number): void {
  const fill = new Fill(data, ring, columns, gapS);
  const start = Math.max(ring.first, ring.indexAt(window.start) - 1);
  if (window.motion === "scroll") {
    fill.run(start, ring.end, window);
    data.newest = fill.count - 1;
  } else {
    const turn = ring.indexAt(window.turn);
    fill.run(turn, ring.indexAt(window.edge + 1e-6), window);
    data.newest = fill.count - 1;
    if (start < turn) {
      fill.breakLine(window.place(window.edge) + 1e-6);
      fill.run(ring.indexAt(window.start), turn, window);
    }
  }
  fill.end();
}

class Fill {
  count = 0;
  readonly #data: TraceData;
  readonly #ring: SampleRing;
  readonly #columns: number[];
  readonly #gapS: number;

  constructor(data: TraceData, ring: SampleRing, columns: number[], gapS: number) {
    this.#data = data;
    this.#ring = ring;
    this.#columns = columns;
    this.#gapS = gapS;
    data.lows = columns.map(() => NaN);
    data.highs = columns.map(() => NaN);
  }

  run(from: number, to: number, window: TimeWindow): void {
    const ring = this.#ring;
    let before = NaN;
    for (let index = from; index < to; index++) {
      const time = ring.time(index);
      if (index > from && (ring.isCut(index) || time - before > this.#gapS)) {
        this.breakLine(window.place((time + before) / 2));
      }
      this.#point(window.place(time), index);
      before = time;
    }
  }

  breakLine(place: number): void {
    this.#data.places[this.count] = place;
    for (const line of this.#data.lines) line[this.count] = null;
    this.count++;
  }

  #point(place: number, index: number): void {
    const { places, lines, lows, highs } = this.#data;
    places[this.count] = place;
    for (let trace = 0; trace < this.#columns.length; trace++) {
      const value = this.#ring.value(index, this.#columns[trace]!);
      lines[trace]![this.count] = Number.isNaN(value) ? null : value;
      if (!(value >= lows[trace]!)) lows[trace] = value;
      if (!(value <= highs[trace]!)) highs[trace] = value;
    }
    this.count++;
  }

  end(): void {
    this.#data.places.length = this.count;
    for (const line of this.#data.lines) line.length = this.count;
  }
}
