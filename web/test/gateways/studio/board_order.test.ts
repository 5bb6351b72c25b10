import { expect, test } from "vitest";

import { arranged, type BoardEntry, type BoardFilter, countTones } from "../../../src/gateways/studio/board_order";

const entry = (name: string, changes: Partial<BoardEntry> = {}): BoardEntry => ({
  ...{ unit: `studio/${name}`, name, tone: "ok", alarmsOpen: 0, updatedAt: 100, words: "dealerPC 10.0.0.7" },
  ...changes,
});

const ALL: BoardFilter = { tone: null, search: "", order: "trouble" };

const BOARD = [
  entry("ARO-010"),
  entry("ARO-009", { tone: "maintenance", alarmsOpen: 1 }),
  entry("ARO-002", { tone: "silent", updatedAt: 5 }),
  entry("BAC-001", { tone: "trouble", alarmsOpen: 2 }),
  entry("ARO-001", { updatedAt: 0, words: "wheel-7" }),
];

const names = (filter: Partial<BoardFilter>): string[] => arranged(BOARD, { ...ALL, ...filter }).map((one) => one.name);

test("trouble stands first, what is well last, numbers as people count", () => {
  expect(names({})).toEqual(["BAC-001", "ARO-002", "ARO-009", "ARO-001", "ARO-010"]);
  expect(names({ order: "name" })).toEqual(["ARO-001", "ARO-002", "ARO-009", "ARO-010", "BAC-001"]);
});

test("the longest silent table stands first when asked", () => {
  expect(names({ order: "updated" }).slice(0, 2)).toEqual(["ARO-001", "ARO-002"]);
});

test("every word of a search has to be found, in the name or in who reports", () => {
  expect(names({ search: "aro dealer", order: "name" })).toEqual(["ARO-002", "ARO-009", "ARO-010"]);
  expect(names({ search: "WHEEL-7" })).toEqual(["ARO-001"]);
  expect(names({ search: "nowhere" })).toEqual([]);
});

test("tones are counted and filtered", () => {
  expect(countTones(BOARD)).toMatchObject({ ok: 2, trouble: 1, silent: 1, maintenance: 1, watch: 0 });
  expect(names({ tone: "ok" })).toEqual(["ARO-001", "ARO-010"]);
});

test("the entries themselves stay in their order", () => {
  arranged(BOARD, ALL);
  expect(BOARD[0]!.name).toBe("ARO-010");
});
