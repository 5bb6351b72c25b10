import { expect, test } from "vitest";

import { baseOf, codeOf, fieldText, KEYS, labelOf, lookOf, valueText } from "../../../src/gateways/studio/fields";
import type { TableField } from "../../../src/gateways/studio/table";

const field: TableField = {
  ...{ key: "SDP", name: "sdp", kind: "service", value: "up_idle", base: "up", changed_at: "2026-01-01T00:00:00Z" },
  ...{ by: "pc", stale: false, ignored: false, bad: false },
};

test("every value of the protocol has a look of its own", () => {
  const looks = ["up", "down", "standby", "calibration", "exception"].map(lookOf);
  expect(new Set(looks).size).toBe(5);
  expect(lookOf("something_new")).toBe("other");
});

test.each([
  ["up_running", "up"],
  ["down_pause", "down"],
  ["calibration", "calibration"],
])("the base of %s is %s", (value, base) => {
  expect(baseOf(value)).toBe(base);
});

test("labels and codes tell the keys apart", () => {
  expect(new Set(KEYS.map(labelOf)).size).toBe(KEYS.length);
  expect(new Set(KEYS.map(codeOf)).size).toBe(KEYS.length);
  expect(labelOf("custom.firmware")).toBe("firmware");
  expect(labelOf("SOME_KEY")).toBe("Some key");
  expect(valueText("up_idle")).toBe("up idle");
});

test("what must not be overlooked is said in words", () => {
  expect(fieldText(field)).toBe("SDP: up idle");
  expect(fieldText({ ...field, stale: true })).toContain("stale");
  expect(fieldText({ ...field, changed_at: null, ignored: true })).toBe("SDP: up idle (never reported, ignored)");
});
