import { expect, test } from "vitest";

import { endOf, endTrouble } from "../../../src/gateways/studio/maintenance_end";

const noon = new Date(2026, 0, 5, 12, 0, 30).getTime();

test("an end by hand is no end", () => {
  expect(endOf("none", "", noon)).toBeNull();
  expect(endTrouble("none", "", noon)).toBe("");
});

test("a length counts from now", () => {
  expect(endOf("15", "", noon)).toBe(new Date(noon + 15 * 60_000).toISOString());
});

test.each([
  ["17:30", new Date(2026, 0, 5, 17, 30)],
  ["9:05", new Date(2026, 0, 6, 9, 5)],
  ["12:00", new Date(2026, 0, 6, 12, 0)],
])("the time of day %s is the next one", (clock, end) => {
  expect(endOf("at", clock, noon)).toBe(end.toISOString());
});

test.each(["", "25:00", "12:60", "noon"])("%j is no time of day", (clock) => {
  expect(endOf("at", clock, noon)).toBeNull();
  expect(endTrouble("at", clock, noon)).toContain("17:30");
});
