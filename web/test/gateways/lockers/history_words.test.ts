import { expect, test } from "vitest";

import { cellOf, isTold, toldOf, wordsFromKind } from "../../../src/gateways/lockers/history_words";

const told = (kind: string, data: Record<string, unknown> = {}) => toldOf({ kind, data });

test("a code that was set is told with its label, its time, who and why, and never with the code", () => {
  const data = { cell: 2, code: "1492", minutes: 4800, label: "Tools", by: "anna", reason: "guest", expires_at: null };
  expect(told("CodeSet", data)).toEqual({ text: "code set “Tools” for 3 d", tone: "code", by: "by anna, “guest”" });
  expect(JSON.stringify(told("CodeSet", data))).not.toContain("1492");
});

test("doors, alarms and codes have tones of their own", () => {
  expect(told("CellOpened", { cell: 1, repeat: true })).toMatchObject({ text: "opened (reported again)", tone: "door" });
  expect(told("AlarmRaised", { name: "short_circuit" })).toMatchObject({ text: "alarm: Short circuit", tone: "warn" });
  expect(told("AlarmCleared", { name: "short_circuit" }).tone).toBe("");
  expect(told("RevocationConfirmed", { cell: 1 }).tone).toBe("code");
});

test("what was told to the board names its cells", () => {
  expect(told("OrdersSent", { send: "7", cells: [2] }).text).toBe("told the board: codes of cell 2");
  expect(told("OrdersSent", { send: "7", cells: [2, 5], reboot: true }).text).toBe(
    "told the board: codes of cells 2, 5; the order to reboot",
  );
});

test("a look at a code names its reader", () => {
  expect(told("CodeRead", { cell: 2, reader: "eve" }).text).toBe("code shown to eve");
});

test("an event that this page does not know is told by its name", () => {
  expect(told("DoorPainted", { by: "anna" })).toEqual({ text: "door painted", tone: "", by: "by anna" });
  expect(wordsFromKind("LayoutChanged")).toBe("layout changed");
});

test("hostile data is told as text or not at all", () => {
  expect(told("CodeSet", { label: { toString: "x" }, minutes: "many", expires_at: 7 }).text).toBe(
    told("CodeSet", { expires_at: 7 }).text,
  );
  expect(told("OrdersSent", { cells: "all" }).text).toBe("told the board: what is wanted");
});

test("reports without news and commands that went well are no lines of the history", () => {
  const isLine = (kind: string, data: Record<string, unknown> = {}) => isTold({ kind, data });
  expect(["Heard", "HeardMore", "Reported", "CommandAccepted", "CommandSent"].some((kind) => isLine(kind))).toBe(false);
  expect(isLine("CommandEnded", { outcome: { kind: "done" } })).toBe(false);
  expect(isLine("CommandEnded", { outcome: { kind: "refused", text: "no such cell" } })).toBe(true);
  expect(told("CommandEnded", { outcome: { kind: "refused", text: "no such cell" } })).toMatchObject({
    text: "command refused: no such cell",
    tone: "warn",
  });
});

test("an event is about the cell that it or its command names", () => {
  expect(cellOf({ data: { cell: 3 } })).toBe(3);
  expect(cellOf({ data: { command: { params: { cell: 4 } } } })).toBe(4);
  expect(cellOf({ data: { name: "short_circuit" } })).toBeNull();
});
