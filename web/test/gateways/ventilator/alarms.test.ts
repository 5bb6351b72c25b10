import { expect, test } from "vitest";

import type { Entry } from "../../../src/commands";
import { type Alarm, alarmWords, worstPriority } from "../../../src/gateways/ventilator/alarm_names";
import { entryOf } from "../../../src/gateways/ventilator/alarms";

const alarm = (name: string, priority: Alarm["priority"], since = "2026-01-01T00:00:10Z"): Alarm => ({
  name,
  code: 1,
  priority,
  since,
  count: 1,
  last: since,
  recorded: true,
});

const entry = (name: string, at: string): Entry => ({
  id: at,
  unit: "ward/1",
  name: "ACK_ALARM",
  params: { alarm: name },
  stage: "done",
  report: null,
  trouble: "",
  askedAt: Date.parse(at),
  changedAt: Date.parse(at),
});

test("an alarm that came again after its acknowledgement asks for a new one", () => {
  const again = alarm("APNEA", "high");
  expect(entryOf(again, [entry("APNEA", "2026-01-01T00:00:05Z")])).toBeUndefined();
  expect(entryOf(again, [entry("APNEA", "2026-01-01T00:00:12Z")])).toBeDefined();
  expect(entryOf(again, [entry("LOW_VTE", "2026-01-01T00:00:12Z")])).toBeUndefined();
});

test("the worst priority colours the list", () => {
  expect(worstPriority([])).toBeNull();
  expect(worstPriority([alarm("A", "low"), alarm("B", "high"), alarm("C", "medium")])).toBe("high");
});

test("alarms are told in words, unknown ones by their name", () => {
  expect(alarmWords("APNEA")).toBe("Apnea");
  expect(alarmWords("SOME_NEW_THING")).toBe("Some new thing");
});
