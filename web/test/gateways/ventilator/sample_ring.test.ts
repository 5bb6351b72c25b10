import { expect, test } from "vitest";

import { SampleRing } from "../../../src/gateways/ventilator/sample_ring";

function filled(count: number, size = 8): SampleRing {
  const ring = new SampleRing(2, size);
  for (let index = 0; index < count; index++) ring.push([index * 1000, index, -index]);
  return ring;
}

test("the ring holds the newest samples and no more than its size", () => {
  const ring = filled(20);
  expect(ring.length).toBe(8);
  expect(ring.time(ring.first)).toBe(12);
  expect(ring.lastTime).toBe(19);
  expect(ring.value(ring.end - 1, 1)).toBe(-19);
});

test("the index at a time is that of the first sample not before it", () => {
  const ring = filled(20);
  expect(ring.indexAt(0)).toBe(ring.first);
  expect(ring.time(ring.indexAt(14.5))).toBe(15);
  expect(ring.time(ring.indexAt(15))).toBe(15);
  expect(ring.indexAt(99)).toBe(ring.end);
});

test("a cut is kept with the sample behind it", () => {
  const ring = filled(3);
  ring.cut();
  ring.push([5000, 1, 1]);
  expect(ring.isCut(ring.end - 1)).toBe(true);
  expect(ring.isCut(ring.end - 2)).toBe(false);
  expect(ring.isCut(ring.first)).toBe(true);
});

test("a clock that was corrected by a little is held, one that was set back empties the ring", () => {
  const ring = filled(5);
  ring.push([3900, 7, 7]);
  expect(ring.lastTime).toBe(4);
  expect(ring.length).toBe(6);
  ring.push([1000, 8, 8]);
  expect(ring.length).toBe(1);
  expect(ring.lastTime).toBe(1);
});

test("a frozen copy does not change with the ring", () => {
  const ring = filled(5);
  const frozen = ring.frozen();
  for (let index = 5; index < 30; index++) ring.push([index * 1000, index, -index]);
  expect(frozen.lastTime).toBe(4);
  expect(frozen.value(frozen.first, 0)).toBe(0);
});
