import { expect, test } from "vitest";

import { refusalOf } from "../../../src/gateways/ventilator/controls";
import { type LivenessFacts, livenessOf } from "../../../src/gateways/ventilator/liveness";

const LIVE: LivenessFacts = { isLinked: true, state: "live", reason: "samples arrive", isStale: false, ageS: 0.02 };

test("fresh samples of a live unit over a standing connection are live", () => {
  expect(livenessOf(LIVE)).toEqual({ isLive: true, text: "", why: "" });
});

test.each<[string, Partial<LivenessFacts>, string, string]>([
  ["the connection is lost", { isLinked: false }, "no data for 0.0 s", "this page is not connected to lineside"],
  ["the unit is away", { state: "away", reason: "no such device", ageS: 12 }, "no data for 12 s", "no such device"],
  ["the server says stale", { isStale: true, ageS: 1 }, "no data for 1 s", "samples stopped"],
  ["samples stopped coming", { ageS: 2.5 }, "no data for 3 s", "samples stopped"],
  ["none has come", { ageS: NaN }, "no data yet", "waiting for the first sample"],
  ["the unit is unheard of", { state: null, ageS: NaN }, "no data yet", "nothing was heard of this unit"],
])("it is not live when %s", (_, facts, text, why) => {
  expect(livenessOf({ ...LIVE, ...facts })).toEqual({ isLive: false, text, why });
});

test("an order is refused with the nearest reason", () => {
  const able = { isLinked: true, isOperator: true, isConnected: true, reason: "" };
  expect(refusalOf(able)).toBe("");
  expect(refusalOf({ ...able, isLinked: false, isOperator: false })).toContain("not connected to lineside");
  expect(refusalOf({ ...able, isOperator: false })).toContain("your role");
  expect(refusalOf({ ...able, isConnected: false, reason: "no such device" })).toBe("no such device");
});
