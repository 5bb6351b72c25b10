import { expect, test } from "vitest";

import { arranged, countTones, type FloorEntry } from "../../../src/gateways/slots/floor_order";
import type { MachineTone } from "../../../src/gateways/slots/tone";

const entry = (name: string, tone: MachineTone, words = ""): FloorEntry => ({ unit: `floor/${name}`, name, tone, words });
const FLOOR = [entry("10", "ok"), entry("2", "ok", "Lucky Line"), entry("3", "trouble", "slot door open")];
const names = (entries: readonly FloorEntry[]): string[] => entries.map((one) => one.name);

test("trouble comes first, then names in the order of numbers", () => {
  expect(names(arranged(FLOOR, { tone: null, search: "", order: "trouble" }))).toEqual(["3", "2", "10"]);
  expect(names(arranged(FLOOR, { tone: null, search: "", order: "name" }))).toEqual(["2", "3", "10"]);
});

test("a search finds labels and reasons, all its words", () => {
  expect(names(arranged(FLOOR, { tone: null, search: "DOOR slot", order: "name" }))).toEqual(["3"]);
  expect(names(arranged(FLOOR, { tone: null, search: "lucky door", order: "name" }))).toEqual([]);
  expect(names(arranged(FLOOR, { tone: "ok", search: "", order: "name" }))).toEqual(["2", "10"]);
});

test("tones are counted", () => {
  expect(countTones(FLOOR)).toMatchObject({ ok: 2, trouble: 1, away: 0 });
});
