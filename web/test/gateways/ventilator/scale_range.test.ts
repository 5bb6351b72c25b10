import { expect, test } from "vitest";

import { roundSpan, roundStep, ScaleRange, ticksOf } from "../../../src/gateways/ventilator/scale_range";

test.each([
  [0.7, 1],
  [1, 1],
  [1.2, 2],
  [2.2, 2.5],
  [3, 5],
  [60, 100],
])("the step for %d is %d", (size, step) => expect(roundStep(size)).toBeCloseTo(step, 9));

test("a range has round ends, holds the data, and begins at zero when the data is near it", () => {
  expect(roundSpan(95, 273)).toEqual({ min: 0, max: 300 });
  const far = roundSpan(212, 314);
  expect(far.min).toBeLessThan(212);
  expect(far.max).toBeGreaterThan(314);
  const below = roundSpan(-20, 45);
  expect(below.min).toBeLessThan(-20);
});

test("the noise of a line at rest is not blown up", () => {
  const span = roundSpan(95, 97);
  expect(span.max - span.min).toBeGreaterThan(20);
});

test("data that does not change still has a range", () => {
  for (const value of [0, 5, -5, 1e6]) {
    const span = roundSpan(value, value);
    expect(span.max).toBeGreaterThan(span.min);
    expect(span.min).toBeLessThanOrEqual(value);
    expect(span.max).toBeGreaterThanOrEqual(value);
  }
});

test("a range grows at once and shrinks only after a while", () => {
  const range = new ScaleRange();
  expect(range.fit(100, 250, 0).max).toBe(300);
  expect(range.fit(100, 800, 1).max).toBeGreaterThanOrEqual(800);
  expect(range.fit(100, 250, 2).max).toBeGreaterThanOrEqual(800);
  expect(range.fit(100, 250, 5).max).toBeGreaterThanOrEqual(800);
  expect(range.fit(100, 250, 7).max).toBe(300);
});

test("without data the range stays", () => {
  const range = new ScaleRange();
  const span = range.fit(100, 250, 0);
  expect(range.fit(NaN, NaN, 1)).toEqual(span);
});

test("ticks are round and within the range", () => {
  expect(ticksOf({ min: 0, max: 300 }, 3)).toEqual([0, 100, 200, 300]);
  expect(ticksOf({ min: -30, max: 0 }, 6)).toEqual([-30, -25, -20, -15, -10, -5, 0]);
});
