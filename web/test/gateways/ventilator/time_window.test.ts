import { expect, test } from "vitest";

import { TimeWindow } from "../../../src/gateways/ventilator/time_window";

test("a window that scrolls ends with now", () => {
  const window = new TimeWindow("scroll", 30, 1000);
  expect(window.start).toBe(970);
  expect(window.span).toEqual({ min: -30, max: 0 });
  expect(window.place(985)).toBe(-15);
  expect(window.time(-15)).toBe(985);
});

test("a sweep begins anew at the left and shows the last turn at the right", () => {
  const window = new TimeWindow("sweep", 10, 1003);
  expect(window.place(1003)).toBe(3);
  expect(window.place(999)).toBe(9);
  expect(window.time(3)).toBe(1003);
  expect(window.time(9)).toBe(999);
  expect(window.turn).toBe(1000);
});

test("a sweep keeps an empty bar before its newest end", () => {
  const window = new TimeWindow("sweep", 10, 1003);
  expect(window.place(window.start)).toBeGreaterThan(window.place(window.edge));
});
