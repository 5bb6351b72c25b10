import { expect, test } from "vitest";

import { isReading, isValve, labelOf, modeText, tracesOf } from "../../../src/gateways/ventilator/fields";
import { colourOf } from "../../../src/gateways/ventilator/waveforms";

const profile = {
  version: 160,
  fields: ["version", "fsm_state", "pressure_buffer", "pressure_inhale", "flow", "readback_valve_purge"].map((name) => ({
    name,
    unit: "",
  })),
};

test("traces are those chosen that the profile has, else the usual ones", () => {
  expect(tracesOf(profile, ["flow", "gone"])).toEqual(["flow"]);
  expect(tracesOf(profile, [])).toEqual(["pressure_inhale", "pressure_buffer"]);
  expect(tracesOf({ version: 1, fields: [{ name: "flow", unit: "" }] }, [])).toEqual(["flow"]);
});

test("states and valves are no readings", () => {
  expect(isReading("fsm_state")).toBe(false);
  expect(isReading("readback_valve_purge")).toBe(false);
  expect(isReading("pressure_buffer")).toBe(true);
  expect(isValve("readback_mode")).toBe(false);
});

test("fields have labels, also those of later versions", () => {
  expect(labelOf("pressure_inhale")).toBe("Inhale pressure");
  expect(labelOf("brand_new_field")).toBe("Brand new field");
  expect(modeText(1)).toBe("PURGE");
  expect(modeText(9)).toBe("mode 9");
});

test("a trace keeps its colour whichever others are shown", () => {
  expect(colourOf("pressure_buffer", profile)).toBe("--trace-3");
  expect(colourOf("flow", profile)).toBe("--trace-4");
});
