import { expect, test } from "vitest";

import { gradeOf, knownDays, percentOverall, percentText } from "../../../src/gateways/studio/percent";

test.each([
  [100, "100"],
  [99.9999, "99.99"],
  [99.5, "99.50"],
  [97.26, "97.2"],
  [0, "0.00"],
  [null, "–"],
  [undefined, "–"],
])("%s percent reads %s: an outage never rounds away", (percent, text) => {
  expect(percentText(percent)).toBe(text);
});

test.each([
  [100, "full"],
  [99.9, "good"],
  [98, "fair"],
  [20, "poor"],
  [null, "none"],
])("%s percent is %s", (percent, grade) => {
  expect(gradeOf(percent)).toBe(grade);
});

test("days weigh by the time for which they are known", () => {
  const day = (percent: number | null, known_s: number) => ({
    ...{ day: "2026-01-01", maintenance_s: 0, fields: { SDP: { percent, known_s } } },
  });
  expect(percentOverall([day(100, 300), day(0, 100), day(null, 0)], "SDP")).toBe(75);
  expect(percentOverall([day(null, 0)], "SDP")).toBeNull();
  expect(percentOverall([], "IDP")).toBeNull();
});

test("days before anything was known are left out", () => {
  const day = (name: string, percent: number | null, maintenance_s = 0) => ({
    ...{ day: name, maintenance_s, fields: { SDP: { percent, known_s: 0 } } },
  });
  const days = [day("a", null), day("b", null, 60), day("c", null), day("d", 100)];
  expect(knownDays(days).map((one) => one.day)).toEqual(["b", "c", "d"]);
  expect(knownDays([day("a", null)])).toEqual([]);
});
