import { expect, test } from "vitest";

import { SampleClock } from "../../../src/gateways/ventilator/sample_clock";

test("the edge moves with this clock, whatever the bursts in which samples come", () => {
  const clock = new SampleClock();
  for (let index = 0; index < 200; index++) {
    const time = 1000 + index * 0.02;
    const late = index % 5 === 0 ? 0 : 0.03;
    clock.hear(time, 50 + index * 0.02 + late);
  }
  const now = 50 + 200 * 0.02;
  const first = clock.edge(now);
  expect(clock.edge(now + 0.016) - first).toBeCloseTo(0.016, 6);
  expect(first).toBeGreaterThan(1000 + 4 - 0.08);
  expect(first).toBeLessThanOrEqual(1000 + 4);
});

test("the period is that of the samples", () => {
  const clock = new SampleClock();
  for (let index = 0; index < 300; index++) clock.hear(index * 0.2, index * 0.2);
  expect(clock.period).toBeCloseTo(0.2, 3);
});

test("past samples that come at once leave the edge at the newest", () => {
  const clock = new SampleClock();
  for (let index = 0; index < 500; index++) clock.hear(1000 + index * 0.02, 50);
  expect(clock.edge(50)).toBeCloseTo(1000 + 499 * 0.02 - 0.025, 2);
});

test("a clock that was set is followed at once", () => {
  const clock = new SampleClock();
  clock.hear(1000, 50);
  clock.hear(500, 50.2);
  expect(clock.edge(50.2)).toBeCloseTo(500, 1);
});

test("the age counts from the arrival", () => {
  const clock = new SampleClock();
  expect(clock.age(5)).toBeNaN();
  clock.hear(1000, 50);
  expect(clock.age(53)).toBe(3);
});
