import { expect, test } from "vitest";

import {
  behindText,
  maySeeSinks,
  paceText,
  parkedText,
  reasonText,
  sizeText,
  toneOfSink,
  troubleOf,
} from "../../src/parts/sink_words";
import type { Me, SinkInfo, SinkState } from "../../src/protocol";

function sink(changes: Partial<SinkInfo> = {}): SinkInfo {
  const behind = { behind_events: 0, behind_bytes: 0, behind_hours: 0, oldest_at: null, next_attempt: null };
  const plain = { name: "archive", state: "running" as SinkState, reason: "", rows: "events", delivered: 9 };
  return { ...plain, ...behind, parked: 0, parked_events: [], ...changes };
}

test.each<[Me, boolean]>([
  [{ name: "anna", role: "admin", gateways: null }, true],
  [{ name: "anna", role: "admin", gateways: ["ward"] }, false],
  [{ name: "anna", role: "admin", gateways: [] }, false],
  [{ name: "anna", role: "operator", gateways: null }, false],
  [{ name: "anna", role: "viewer", gateways: null }, false],
])("%j may see sinks: %s", (me, may) => expect(maySeeSinks(me)).toBe(may));

test.each<[Partial<SinkInfo>, string, string]>([
  [{}, "nothing waits", ""],
  [{ behind_events: 1, behind_hours: 0.001 }, "1 event behind", "under a minute at the present rate"],
  [{ behind_events: 9120, behind_hours: 0.3 }, "9 120 events behind", "about 18 min at the present rate"],
  [{ behind_events: 9120, behind_hours: 50 }, "9 120 events behind", "about 2 d at the present rate"],
  [{ behind_events: 7, behind_hours: null }, "7 events behind", "moves nothing now"],
  [{ behind_events: 7, behind_hours: 2, parked: 1 }, "7 events behind", "about 2 h at the present rate, parked lanes aside"],
  [{ behind_events: 7, behind_hours: 2, state: "waiting" }, "7 events behind", "moves nothing now"],
])("%j is %s, %s", (changes, behind, pace) => {
  expect(behindText(sink(changes))).toBe(behind);
  expect(paceText(sink(changes))).toBe(pace);
});

test("a backlog that nobody has counted is not told as none", () => {
  const orphan = sink({ state: "orphaned", behind_bytes: null, behind_hours: null });
  expect(behindText(orphan)).toBe("not counted");
  expect(paceText(orphan)).toBe("");
});

test("the lamp is out while nothing is wrong", () => {
  expect(troubleOf([])).toBeNull();
  expect(troubleOf([sink(), sink({ state: "starting" }), sink({ state: "stopped" })])).toBeNull();
});

test("the lamp tells the worst state, and whose", () => {
  const waiting = sink({ name: "plant", state: "waiting", reason: "connection refused" });
  const parked = sink({ state: "parked", reason: "2 events parked" });
  expect(troubleOf([sink({ name: "ledger" }), waiting])).toMatchObject({ state: "waiting", who: "plant", tone: "warn" });
  const told = troubleOf([sink({ name: "ledger" }), waiting, parked])!;
  expect(told).toMatchObject({ state: "parked", who: "2 of 3" });
  expect(told.title).toBe("plant: waiting, connection refused\narchive: parked, 2 events parked");
  expect(troubleOf([parked, sink({ name: "old", state: "held" })])).toMatchObject({ state: "held", tone: "bad" });
  expect(troubleOf([sink({ state: "orphaned" })])).toMatchObject({ state: "orphaned" });
});

test("the reason is said once, and in words for a page", () => {
  expect(reasonText(sink({ state: "waiting", reason: "connection refused" }))).toBe("connection refused");
  expect(reasonText(sink({ state: "parked", reason: "2 events parked" }))).toBe("");
  const orphan = sink({ state: "orphaned", reason: "gone; `lineside sinks forget archive`" });
  expect(reasonText(orphan)).not.toContain("`");
});

test("a state that this page does not know lights no colour", () => {
  expect(toneOfSink("dreaming")).toBe("idle");
});

test("none parked is not said", () => {
  expect(parkedText(sink())).toBe("");
  expect(parkedText(sink({ parked: 1000 }))).toBe("1 000 parked");
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [28_400, "28 kB"],
  [999_600, "1.0 MB"],
  [271_000_000, "271 MB"],
  [3e15, "3000 TB"],
])("%d bytes are %s", (bytes, text) => expect(sizeText(bytes)).toBe(text));
