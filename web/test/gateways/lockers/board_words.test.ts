import { expect, test } from "vitest";

import type { Entry } from "../../../src/commands";
import { alarmWords, channelName, channelState, flagText } from "../../../src/gateways/lockers/alarm_words";
import { approvalWords } from "../../../src/gateways/lockers/approval";
import { gatewayOf, heardAt, idOf } from "../../../src/gateways/lockers/board";
import { noteOf } from "../../../src/gateways/lockers/board_controls";
import { newestOf } from "../../../src/gateways/lockers/cell_panel";
import { historyTablePath } from "../../../src/gateways/lockers/routes";
import { board, cell } from "./cells";

test("an approval says which codes end and what the board gets instead", () => {
  const foreign = [2, 5].map((number) => cell(number, { phase: "foreign", engaged: true }));
  const words = approvalWords({ cells: [...foreign, cell(7, { phase: "pending" }), cell(8)] });
  expect(words).toEqual([
    "An approval replaces every code on the board: its next report is answered with 1 code set here.",
    "The board holds codes for cells 2, 5: their codes end.",
  ]);
  expect(approvalWords({ cells: [cell(1)] })).toEqual([
    "An approval replaces every code on the board: its next report is answered with a list without any code.",
  ]);
});

test("a cell whose code is set here anew is not called ended", () => {
  const words = approvalWords({ cells: [cell(2, { phase: "pending", engaged: true })] });
  expect(words).toHaveLength(1);
});

test("many foreign codes are counted and not read out", () => {
  const cells = Array.from({ length: 40 }, (_, index) => cell(index + 1, { phase: "foreign", engaged: true }));
  expect(approvalWords({ cells })[1]).toMatch(/11, 12 and 28 more: their codes end\.$/);
});

test("the note tells what is wanted from what the board says", () => {
  const of = (wanted: boolean, states: number[]) =>
    noteOf(board(1, 1, { block: { wanted, confirmed: wanted === states.includes(3) }, states }));
  expect(of(true, [0])).toBe("To be blocked with the next reply");
  expect(of(true, [3])).toBe("Blocked; the board says so");
  expect(of(false, [1, 3])).toBe("Unblocked here; the board still says blocked");
  expect(of(false, [0])).toBe("Not blocked");
  expect(noteOf(board(1, 1, { reboot: { wanted: true, replies_left: 1 } }))).toBe("Reboot is ordered; 1 reply left");
  expect(noteOf(null)).toBe("");
});

test("alarms, flags and channels that this page does not know keep their names", () => {
  expect(alarmWords("state_7").title).toBe("Unknown state 7");
  expect(alarmWords("door_on_fire").title).toBe("Door on fire");
  expect(alarmWords("short_circuit").priority).toBe("high");
  expect(flagText("odd_thing")).toBe("odd thing");
  expect([channelName(1), channelName(2), channelName(0), channelName(9)]).toEqual(["Wi-Fi", "GSM", "–", "channel 9"]);
  const states = [0, 2, null, 8].map(channelState);
  expect(states).toEqual(["ok", "no access point", "not reported", "state 8"]);
});

test("a board's ID may hold dots and dashes", () => {
  expect([gatewayOf("hall/old-4.b"), idOf("hall/old-4.b")]).toEqual(["hall", "old-4.b"]);
  expect(historyTablePath("hall/old-4.b")).toBe("/api/lockers/hall/old-4.b/history.csv");
  expect(heardAt(null)).toBeNaN();
});

test("the progress at a cell is that of its own newest command", () => {
  const entry = (id: string, unit: string, number: number | null): Entry => ({
    ...{ id, unit, name: "set_code", params: number === null ? null : { cell: number }, stage: "sent", report: null },
    ...{ trouble: "", askedAt: 0, changedAt: 0 },
  });
  const entries = [entry("d", "hall/2", 5), entry("c", "hall/1", null), entry("b", "hall/1", 5), entry("a", "hall/1", 5)];
  expect(newestOf(entries, "hall/1", 5)?.id).toBe("b");
  expect(newestOf(entries, "hall/1", 6)).toBeUndefined();
});
