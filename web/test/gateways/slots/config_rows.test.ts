import { expect, test } from "vitest";

import { configRows, featuresOf } from "../../../src/gateways/slots/config_rows";

const CONFIG = {
  version: { sas_version: "602", serial: "000001" },
  info: { game_id: "AT", additional_id: "000", max_bet: 255, paytable_id: "63928 ", payback: "9068" },
  games: { count: 6 },
  features: { features1: 214, has_aft: true, can_be_polled_fast: false },
  registration: { asset: 1 },
};

test("what the machine told becomes rows", () => {
  expect(Object.fromEntries(configRows(CONFIG, 1))).toEqual({
    "SAS version": "6.02",
    "Serial number": "000001",
    Game: "AT 000",
    Paytable: "63928",
    Payback: "90.68 %",
    "Highest bet": "255 or more",
    Credit: "0.01",
    Games: "6",
    "Asset number": "1",
  });
});

test("what it did not tell has no row", () => {
  expect(configRows({}, null)).toEqual([]);
  expect(featuresOf({})).toEqual([]);
});

test("abilities are told by name, raw bits are not", () => {
  expect(featuresOf(CONFIG)).toEqual([
    { name: "AFT", has: true },
    { name: "Polled every 40 ms", has: false },
  ]);
});
