import { expect, test } from "vitest";

import { boundAt, countsText, msText } from "../../../src/gateways/slots/timing";

const BOUNDS = [0.001, 0.01, 0.1];

test("percentiles are bounds that so many do not exceed", () => {
  expect(boundAt([0, 0, 0, 0], BOUNDS, 0, 0.5)).toBeNull();
  expect(boundAt([5, 4, 1, 0], BOUNDS, 0.05, 0.5)).toBe(0.001);
  expect(boundAt([5, 4, 1, 0], BOUNDS, 0.05, 0.9)).toBe(0.01);
  expect(boundAt([5, 4, 1, 0], BOUNDS, 0.05, 1)).toBe(0.05);
  expect(boundAt([0, 0, 0, 1], BOUNDS, 1.4, 0.5)).toBe(1.4);
  expect(boundAt([0, 0, 0, 1], BOUNDS, null, 0.5)).toBe(Number.POSITIVE_INFINITY);
});

test("durations and counts are written short", () => {
  expect([null, 0.0005, 0.0075, 0.021, 1.25, Infinity].map(msText)).toEqual([
    "–",
    "0.5 ms",
    "7.5 ms",
    "21 ms",
    "1.3 s",
    "> 1 s",
  ]);
  expect(countsText({ polls: 182, silences: 1, busy: 0 })).toBe("182 polls, 1 without answer");
});
