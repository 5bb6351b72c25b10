import { expect, test } from "vitest";

import { arrangedAlarms, standingOf } from "../../../src/gateways/studio/alarms";
import { lastOrder, refusalOf } from "../../../src/gateways/studio/orders";
import { dialectText } from "../../../src/gateways/studio/presence";
import { reportersText } from "../../../src/gateways/studio/tile";
import type { Entry } from "../../../src/commands";
import { alarmWith } from "./made";

test("open alarms stand before muted and recovered ones, the oldest first", () => {
  const alarms = [
    alarmWith("A", { state: "recovered", muted: true }),
    alarmWith("B", { muted: true }),
    alarmWith("C", { since: "2026-01-01T13:00:00Z" }),
    alarmWith("D"),
  ];
  expect(arrangedAlarms(alarms).map((one) => one.id)).toEqual(["D", "C", "B", "A"]);
  expect(alarms.map(standingOf)).toEqual(["recovered", "muted", "open", "open"]);
});

const entry = (changes: Partial<Entry>): Entry => ({
  ...{ id: "1", unit: "studio/A", name: "set_maintenance", params: { on: true }, stage: "accepted", report: null },
  ...{ trouble: "", askedAt: 0, changedAt: 0 },
  ...changes,
});

test("the newest order of a table tells whether it is open, done or in trouble", () => {
  const isAny = (): boolean => true;
  expect(lastOrder([], "studio/A", isAny)).toBeNull();
  expect(lastOrder([entry({ unit: "studio/B" })], "studio/A", isAny)).toBeNull();
  expect(lastOrder([entry({})], "studio/A", isAny)).toMatchObject({ isOpen: true, trouble: "" });
  expect(lastOrder([entry({ stage: "done" })], "studio/A", isAny)).toMatchObject({ isOpen: false, trouble: "" });
  const failed = entry({ stage: "failed", trouble: "no room on the disk" });
  expect(lastOrder([failed, entry({})], "studio/A", isAny)?.trouble).toBe("no room on the disk");
  expect(lastOrder([entry({ stage: "refused" })], "studio/A", isAny)?.trouble).toBe("refused");
});

test("who may not order is told why", () => {
  expect(refusalOf(true, true)).toBe("");
  expect(refusalOf(false, true)).toContain("not connected");
  expect(refusalOf(true, false)).toContain("your role");
});

const reporter = (device: string, link = device) => ({
  ...{ device, dialect: "a", address: "10.0.0.7:1", since: "", last: "", rtt_ms: null, link },
});

test("reporters are named once, many are counted, and who is gone is told", () => {
  expect(reportersText(null)).toBe("nobody");
  expect(reportersText({ reporters: [reporter("pc", "1"), reporter("pc", "2")], gone: [] })).toBe("pc");
  expect(reportersText({ reporters: ["a", "b", "c"].map((one) => reporter(one)), gone: [] })).toBe("a and 2 more");
  const gone = [{ device: "pc", since: "", reason: "", due: null, lost: true }];
  expect(reportersText({ reporters: [], gone })).toBe("pc is gone");
});

test("dialects have words", () => {
  expect(dialectText("a")).toBe("A, query style");
  expect(dialectText("z")).toBe("z");
});
