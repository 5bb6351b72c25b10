import { expect, test } from "vitest";

import type { HistoryRow } from "../../../src/gateways/studio/routes";
import { onSpans, sharesText, silences, spanAt, spansOf } from "../../../src/gateways/studio/spans";

const at = (seconds: number): string => new Date(seconds * 1000).toISOString();

const row = (seconds: number, field: string, old: string | null, now: string, by = "pc"): HistoryRow => ({
  ...{ seq: seconds, at: at(seconds), field, old, new: now, by, address: "", reason: "" },
});

const WINDOW = { from: 100_000, to: 200_000 };
const present = (value: string, seconds: number | null) => ({
  value,
  changedAt: seconds === null ? null : seconds * 1000,
  by: "pc",
});

test("changes within the window make stretches without a gap between them", () => {
  const rows = [row(180, "SDP", "down", "up"), row(150, "SDP", "up", "down"), row(50, "SDP", "standby", "up")];
  expect(spansOf("SDP", present("up", 180), rows, -Infinity, WINDOW)).toEqual([
    { value: "up", from: 100_000, to: 150_000, by: "pc" },
    { value: "down", from: 150_000, to: 180_000, by: "pc" },
    { value: "up", from: 180_000, to: 200_000, by: "pc" },
  ]);
});

test("rows of other fields are not taken", () => {
  const rows = [row(180, "IDP", "down", "up")];
  expect(spansOf("SDP", present("up", 20), rows, -Infinity, WINDOW).map((one) => one.value)).toEqual(["up"]);
});

test("a field that was never reported has been its start value all along", () => {
  const spans = spansOf("NFC_SCANNER", present("down", null), [], -Infinity, WINDOW);
  expect(spans).toEqual([{ value: "down", from: 100_000, to: 200_000, by: "" }]);
});

test("what lies before the oldest row that was read is not known", () => {
  const rows = [row(180, "SDP", "down", "up"), row(150, "IDP", "up", "down")];
  expect(spansOf("SDP", present("up", 180), rows, 150_000, WINDOW).map((one) => [one.value, one.from / 1000])).toEqual([
    [null, 100],
    ["down", 150],
    ["up", 180],
  ]);
});

test("a change of now stands before the history has it", () => {
  const rows = [row(120, "SDP", "standby", "up")];
  expect(spansOf("SDP", present("exception", 190), rows, -Infinity, WINDOW).map((one) => one.value)).toEqual([
    "standby",
    "up",
    "exception",
  ]);
});

test("before anything was read only the present value is known", () => {
  expect(spansOf("SDP", present("up", 150), [], Infinity, WINDOW).map((one) => one.value)).toEqual([null, "up"]);
});

test("maintenance is what the switch was on", () => {
  const rows = [row(160, "MAINTENANCE", "true", "false", "anna"), row(130, "MAINTENANCE", "false", "true", "anna")];
  const on = onSpans(spansOf("MAINTENANCE", present("false", null), rows, -Infinity, WINDOW));
  expect(on.map((one) => [one.from / 1000, one.to / 1000])).toEqual([[130, 160]]);
});

test("the stretch at a time is found, also at the right end", () => {
  const spans = spansOf("SDP", present("up", 150), [row(150, "SDP", "down", "up")], -Infinity, WINDOW);
  expect(spanAt(spans, 120_000)?.value).toBe("down");
  expect(spanAt(spans, 150_000)?.value).toBe("up");
  expect(spanAt(spans, 200_000)?.value).toBe("up");
  expect(spanAt(spans, 50_000)).toBeUndefined();
});

test("a device is silent from its leaving to its return, and still when it is away now", () => {
  const rows = [
    row(190, "REPORTER", null, "left", "pc"),
    row(160, "REPORTER", null, "joined", "pc"),
    row(155, "REPORTER", null, "left", "other"),
    row(140, "REPORTER", null, "left", "pc"),
  ];
  expect(silences("pc", rows, 190_000, WINDOW)).toEqual([
    { from: 190_000, to: 200_000 },
    { from: 140_000, to: 160_000 },
  ]);
  expect(silences("pc", [], null, WINDOW)).toEqual([]);
});

test("the shares tell the strip to who cannot see it", () => {
  const spans = spansOf("SDP", present("up", 125), [row(125, "SDP", "down", "up")], -Infinity, WINDOW);
  expect(sharesText(spans)).toBe("up 75 %, down 25 %");
  expect(sharesText(spansOf("SDP", null, [], Infinity, WINDOW))).toBe("not known");
});
