import { expect, test } from "vitest";

import { addressOf, isLoopback } from "../../../src/gateways/lockers/hall";
import { arranged, countGroups, type HallEntry, type HallFilter } from "../../../src/gateways/lockers/hall_list";

const entry = (id: string, changes: Partial<HallEntry> = {}): HallEntry => ({
  unit: `hall/${id}`,
  id,
  label: "",
  state: "live",
  reason: "",
  pending: false,
  blocked: false,
  columns: 8,
  rows: 8,
  codes: 0,
  alarms: [],
  channel: 1,
  heardAt: 1000,
  ...changes,
});

const ids = (entries: readonly HallEntry[], filter: Partial<HallFilter> = {}): string[] =>
  arranged(entries, { group: "all", search: "", order: "trouble", ...filter }).map((one) => one.id);

const HALL = [
  entry("10", { codes: 3 }),
  entry("9", { state: "away", heardAt: 5 }),
  entry("100", { alarms: ["wrong_code"] }),
  entry("2", { pending: true, state: "waiting", label: "Annexe, left" }),
  entry("old-4", { blocked: true, heardAt: 0, state: "waiting" }),
];

test("what wants a person stands first: alarms, approvals, silence", () => {
  expect(ids(HALL)).toEqual(["100", "2", "9", "old-4", "10"]);
});

test("IDs are ordered as people count", () => {
  expect(ids(HALL, { order: "id" })).toEqual(["2", "9", "10", "100", "old-4"]);
  expect(ids(HALL, { order: "silence" }).slice(0, 2)).toEqual(["old-4", "9"]);
});

test("a search looks at ID and label, for every word of it", () => {
  expect(ids(HALL, { search: "10" })).toEqual(["100", "10"]);
  expect(ids(HALL, { search: "LEFT annexe" })).toEqual(["2"]);
  expect(ids(HALL, { search: "left 10" })).toEqual([]);
});

test("groups count and show the same boards", () => {
  const counts = countGroups(HALL);
  expect(counts).toEqual({ all: 5, alarm: 1, pending: 1, silent: 1, blocked: 1, codes: 1 });
  for (const [group, count] of Object.entries(counts)) {
    expect(ids(HALL, { group: group as HallFilter["group"] })).toHaveLength(count);
  }
});

test("arranging a thousand boards leaves the list of the caller as it was", () => {
  const many = Array.from({ length: 1000 }, (_, index) => entry(String(1000 - index)));
  expect(ids(many)[0]).toBe("1");
  expect(many[0]!.id).toBe("1000");
});

test("the address to call is taken from what the gateway says", () => {
  expect(addressOf("listens on 127.0.0.1:5000")).toBe("127.0.0.1:5000");
  expect(addressOf("the store can be read again; listens on [::1]:5000")).toBe("[::1]:5000");
  expect(addressOf("1 unit")).toBe("");
  expect([isLoopback("127.0.0.1:5000"), isLoopback("[::1]:5000"), isLoopback("10.0.0.5:5000")]).toEqual([true, true, false]);
});
