import { expect, test } from "vitest";

import { Cell } from "../src/cell";

test("watchers hear of changes until they end, and of no change that is none", () => {
  const cell = new Cell(1);
  const heard: number[] = [];
  const end = cell.watch((value) => heard.push(value));
  cell.value = 1;
  cell.value = 2;
  end();
  cell.value = 3;
  expect(heard).toEqual([2]);
});
