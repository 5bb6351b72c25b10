import { expect, test } from "vitest";

import { topicMatches } from "../src/topics";

test.each([
  ["ward/1/status", "ward/1/status", true],
  ["*/*/status", "ward/1/status", true],
  ["*/*/status", "ward/1/alarms", false],
  ["*/*/status", "ward/status", false],
  ["ward/**", "ward/1/status", true],
  ["ward/**", "lab/1/status", false],
  ["**", "lineside/journal", true],
  ["ward/1", "ward/1/status", false],
])("%s covers %s: %s", (pattern, topic, isCovered) => {
  expect(topicMatches(pattern, topic)).toBe(isCovered);
});
