import { expect, test } from "vitest";

import { ticksOf, windowOf } from "../../../src/gateways/studio/time_axis";

const HOUR = 3_600_000;
const start = new Date(2026, 0, 5, 12, 3).getTime();

test("marks are round times of the reader's own day", () => {
  const ticks = ticksOf(start, start + HOUR, 480);
  expect(ticks.map((tick) => tick.text)).toEqual(["12:10", "12:20", "12:30", "12:40", "12:50"]);
  expect(ticks[0]!.place).toBeCloseTo(7 / 60);
});

test("a narrow strip has fewer marks", () => {
  expect(ticksOf(start, start + 24 * HOUR, 300).map((tick) => tick.text)).toEqual(["18:00", "00:00", "06:00"]);
});

test("a short time has marks with seconds", () => {
  expect(ticksOf(start, start + 60_000, 480)[0]!.text).toBe("12:03:00");
});

test("a table that is younger than the time asked for is shown whole", () => {
  expect(windowOf(start, HOUR, start - 2 * HOUR)).toEqual({ from: start - HOUR, to: start });
  expect(windowOf(start, HOUR, start - HOUR / 2)).toEqual({ from: start - HOUR / 2, to: start });
  expect(windowOf(start, HOUR, start - 1)).toEqual({ from: start - 60_000, to: start });
  expect(windowOf(start, HOUR, -Infinity)).toEqual({ from: start - HOUR, to: start });
});
