import { expect, test } from "vitest";

import { ticksOf } from "../../../src/gateways/studio/time_axis";

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
