import { expect, test } from "vitest";

import { changeMark } from "../../../src/gateways/studio/change_mark";
import { stateWith } from "./made";

const field = (value: string, changed_at: string) => ({
  ...{ key: "SDP", name: "sdp", kind: "service", value, base: value, changed_at, by: "pc" } as const,
  ...{ stale: false, ignored: false, bad: false },
});

test("a report that changes nothing makes no row", () => {
  const known = stateWith({ fields: [field("up", "2026-01-01T00:00:00Z")] });
  const repeated = { ...known, timestamp: "2026-01-01T00:00:09Z", uptime_updates: 4 };
  expect(changeMark(repeated, null)).toBe(changeMark(known, null));
});

test("a change of a field, of maintenance or of who is there does", () => {
  const known = stateWith({ fields: [field("up", "2026-01-01T00:00:00Z")] });
  const marks = [
    changeMark(known, null),
    changeMark({ ...known, fields: [field("down", "2026-01-01T00:00:01Z")] }, null),
    changeMark({ ...known, maintenance: { ...known.maintenance, on: true } }, null),
    changeMark({ ...known, custom: { shift: 2 } }, null),
    changeMark(known, { reporters: [], gone: [{ device: "pc", since: "", reason: "", due: null, lost: false }] }),
  ];
  expect(new Set(marks).size).toBe(marks.length);
});
