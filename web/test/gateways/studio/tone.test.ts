import { expect, test } from "vitest";

import { type Heard, signalText, toneOf, whyOf, worriesOf } from "../../../src/gateways/studio/tone";
import { alarmWith, fieldWith, signalWith, SINCE, stateWith, statusWith } from "./made";

test("nothing is known of a table before its status came", () => {
  expect(toneOf(null, null)).toBe("unheard");
});

test.each([
  ["green", 2, "ok"],
  ["amber", 2, "watch"],
  ["red", 2, "trouble"],
  ["grey", 0, "silent"],
  // Within the grace the server says amber; that nobody is there weighs more.
  ["amber", 0, "silent"],
  ["red", 0, "trouble"],
] as const)("%s with %i reporters is %s", (color, reporters, tone) => {
  expect(toneOf(statusWith({ color, reporters }), stateWith())).toBe(tone);
});

test("a signal is told by its title, else by its id in words", () => {
  expect(signalText(signalWith({ title: "Sensor stuck" }))).toBe("Sensor stuck");
  expect(signalText(signalWith({ msg_id: "NO_BET_STOP", title: "NO_BET_STOP" }))).toBe("No bet stop");
  expect(signalText(signalWith({ msg_id: "", content: "SENSOR STUCK" }))).toBe("SENSOR STUCK");
});

const heardWith = (changes: Partial<Heard> = {}): Heard => ({
  ...{ status: statusWith(), state: stateWith(), presence: null, alarms: null },
  ...changes,
});

test("maintenance is told before everything that it mutes", () => {
  const maintenance = { on: true, since: SINCE, until: null, by: "anna" };
  const status = statusWith({ color: "red", reporters: 0 });
  expect(toneOf(status, stateWith({ maintenance }))).toBe("maintenance");
  expect(whyOf("maintenance", heardWith({ state: stateWith({ maintenance }) }))).toBe("by anna");
  const state = stateWith({ maintenance: { ...maintenance, reason: "new wheel" } });
  expect(whyOf("maintenance", heardWith({ state }))).toBe("new wheel");
});

test("trouble is explained by the oldest alarm that is open, else by an error signal", () => {
  const open = [alarmWith("IDP", { state: "recovered" }), alarmWith("SDP")];
  const status = statusWith({ reason: "2 reporters" });
  expect(whyOf("trouble", heardWith({ alarms: { alarms: open, signals: [] } }))).toBe("SDP is down");
  const signals = [signalWith({ type: "warn" }), signalWith({ type: "error", msg_id: "ROULETTE_SENSOR_STUCK" })];
  expect(whyOf("trouble", heardWith({ alarms: { alarms: [], signals } }))).toBe("Roulette sensor stuck");
  expect(whyOf("trouble", heardWith({ status }))).toBe("2 reporters");
  expect(whyOf("ok", heardWith())).toBe("");
});

test("what is not well and no alarm yet is told, ignored fields are not", () => {
  const fields = [
    fieldWith("SDP", { value: "calibration", base: "calibration" }),
    fieldWith("IDP", { stale: true }),
    fieldWith("ZCam", { value: "down", base: "down", bad: true }),
    fieldWith("SHAKER", { value: "down", base: "down", bad: true, ignored: true }),
  ];
  const gone = [
    { device: "pc", since: SINCE, reason: "", due: SINCE, lost: false },
    { device: "tablet", since: SINCE, reason: "it said goodbye", due: null, lost: false },
  ];
  const heard = heardWith({ state: stateWith({ fields }), presence: { reporters: [], gone } });
  expect(worriesOf(heard)).toEqual(["ZCam is down", "pc is gone", "1 field stale", "SDP calibrates"]);
  expect(whyOf("watch", heard)).toBe("ZCam is down, pc is gone");
  expect(whyOf("watch", heardWith())).toBe("updates arrive");
});
