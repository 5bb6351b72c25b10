import { expect, test } from "vitest";

import { MeterTrails, POINTS_MAX, sparkPoints } from "../../../src/gateways/slots/spark";
import { meterWith } from "./made";

test("a trail keeps changes alone, and not more than it may", () => {
  const trails = new MeterTrails();
  trails.take([meterWith(0, 5), meterWith(1, 2)]);
  trails.take([meterWith(0, 6), meterWith(1, 2)]);
  expect(trails.of(0)).toEqual([5, 6]);
  expect(trails.of(1)).toEqual([2]);
  expect(trails.of(9)).toEqual([]);
  for (let value = 0; value < 3 * POINTS_MAX; value++) trails.take([meterWith(0, value)]);
  expect(trails.of(0)).toHaveLength(POINTS_MAX);
  expect(trails.of(0).at(-1)).toBe(3 * POINTS_MAX - 1);
  trails.clear();
  expect(trails.of(0)).toEqual([]);
});

test("a line fills its box; one value makes none", () => {
  expect(sparkPoints([7], 10, 4)).toBe("");
  expect(sparkPoints([0, 5, 10], 10, 4)).toBe("0.0,4.0 5.0,2.0 10.0,0.0");
  expect(sparkPoints([3, 3], 10, 4)).toBe("0.0,4.0 10.0,4.0");
});
