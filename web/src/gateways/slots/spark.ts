/** What meters did while the page is open: a few values each, and the line through them. */

import type { Meter } from "./machine";

// As many points as a line of a finger's width can show.
export const POINTS_MAX = 40;

export class MeterTrails {
  readonly #trails = new Map<number, number[]>();

  /** Take the meters as they are now; a value that has not changed adds nothing. */
  take(meters: readonly Meter[]): void {
    for (const { code, value } of meters) {
      const trail = this.#trails.get(code);
      if (!trail) this.#trails.set(code, [value]);
      else if (trail.at(-1) !== value) {
        trail.push(value);
        if (trail.length > POINTS_MAX) trail.shift();
      }
    }
  }

  /** The values of a meter, oldest first. */
  of(code: number): readonly number[] {
    return this.#trails.get(code) ?? [];
  }

  clear(): void {
    this.#trails.clear();
  }
}

/** Points of a polyline in a box of this size; empty for less than two values. */
export function sparkPoints(values: readonly number[], width: number, height: number): string {
  if (values.length < 2) return "";
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  return values
    .map((value, index) => {
      const x = (index / (values.length - 1)) * width;
      const y = height - ((value - low) / span) * height;
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join(" ");
}
