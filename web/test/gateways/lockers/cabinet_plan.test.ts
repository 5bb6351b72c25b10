import { expect, test } from "vitest";

import { cellByKey, doorsOf, planOf } from "../../../src/gateways/lockers/cabinet_plan";
import { board, cell } from "./cells";

test("the first, the last of a row, the first of the next and the last cell stand where they are painted", () => {
  const { grid } = planOf(board(5, 6));
  expect([grid[0]?.[0], grid[0]?.[4], grid[1]?.[0], grid[5]?.[4]].map((one) => one?.cell)).toEqual([1, 5, 6, 30]);
});

test("a cabinet of one cell, one of 64 columns and one of 256 cells are drawn whole", () => {
  for (const [columns, rows] of [[1, 1], [64, 4], [16, 16], [1, 64]] as const) {
    const plan = planOf(board(columns, rows));
    expect(plan.grid.flat().filter(Boolean)).toHaveLength(columns * rows);
    expect(plan.outside).toEqual([]);
  }
});

test("cells that are in no place of the cabinet are kept apart and not lost", () => {
  const strange = [cell(9, { row: null, column: null }), cell(70, { row: 0, column: 7 }), cell(71, { row: 9, column: 0 })];
  const plan = planOf({ columns: 2, rows: 1, cells: [cell(1), ...strange] });
  expect(plan.outside.map((one) => one.cell)).toEqual([9, 70, 71]);
  expect(plan.grid).toEqual([[expect.objectContaining({ cell: 1 }), null]]);
});

test("doors are as large as there is room, and never too small for a finger", () => {
  expect(doorsOf(700, 8)).toMatchObject({ size: "large", isCut: false });
  expect(doorsOf(340, 6)).toMatchObject({ size: "medium", isCut: false });
  expect(doorsOf(700, 16)).toMatchObject({ size: "small", isCut: false });
  expect(doorsOf(700, 64)).toMatchObject({ size: "small", width: 34, isCut: true });
  expect(doorsOf(4000, 1).width).toBe(112);
});

test("arrows, Home and End walk the cabinet and stop at its sides", () => {
  const plan = planOf(board(5, 6));
  const walk = (from: number, key: string, withControl = false) => cellByKey(plan, from, key, withControl);
  expect([walk(8, "ArrowLeft"), walk(8, "ArrowRight"), walk(8, "ArrowUp"), walk(8, "ArrowDown")]).toEqual([7, 9, 3, 13]);
  expect([walk(6, "ArrowLeft"), walk(10, "ArrowRight"), walk(1, "ArrowUp"), walk(30, "ArrowDown")]).toEqual(
    new Array(4).fill(null),
  );
  expect([walk(8, "Home"), walk(8, "End"), walk(8, "Home", true), walk(8, "End", true)]).toEqual([6, 10, 1, 30]);
  expect([walk(8, "Enter"), walk(99, "ArrowUp")]).toEqual([null, null]);
});

test("a walk leads over places without a cell", () => {
  const holes = board(3, 1);
  const plan = planOf({ ...holes, cells: holes.cells.filter((one) => one.cell !== 2) });
  expect(cellByKey(plan, 1, "ArrowRight", false)).toBe(3);
});
