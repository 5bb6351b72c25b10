import { expect, test } from "vitest";

import { countText, durationText, momentText, plural, readingText, timeText } from "../src/format";

test.each([
  [-3, "0.0 s"],
  [0.42, "0.4 s"],
  [12.4, "12 s"],
  [181, "3 min"],
  [7500, "2 h 5 min"],
  [7200, "2 h"],
  [400_000, "4 d"],
])("%d seconds read %s", (seconds, text) => expect(durationText(seconds)).toBe(text));

test.each([
  [144, "144"],
  [-5, "−5"],
  [3.14159, "3.14"],
  [45.54, "45.5"],
  [null, "–"],
  [NaN, "–"],
])("a reading of %s reads %s", (value, text) => expect(readingText(value)).toBe(text));

test("a moment of another day has its date", () => {
  const at = new Date(2026, 0, 2, 3, 4, 5, 6);
  expect(timeText(at, true)).toBe("03:04:05.006");
  expect(momentText(at, at.getTime())).toBe("03:04:05");
  expect(momentText(at, at.getTime() + 90_000_000)).toBe("2026-01-02 03:04:05");
  expect(momentText("no date")).toBe("–");
});

test("counts have their thousands apart and their plural", () => {
  expect(countText(1204331)).toBe("1\u2009204\u2009331".replaceAll("\u2009", countText(1000)[1]!));
  expect(plural(1, "unit")).toBe("1 unit");
  expect(plural(2, "unit")).toBe("2 units");
});
