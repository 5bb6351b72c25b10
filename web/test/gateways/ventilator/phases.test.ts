import { expect, test } from "vitest";

import { stretchesOf } from "../../../src/gateways/ventilator/phase_strip";
import { familyOf, phaseName, phaseNames, phaseText } from "../../../src/gateways/ventilator/phases";
import { SampleRing } from "../../../src/gateways/ventilator/sample_ring";

test("A0 counts its states from 0, later versions from 1", () => {
  expect(phaseNames(0xa0).get(0)).toBe("IDLE");
  expect(phaseNames(0xa0).get(5)).toBe("INHALE");
  expect(phaseNames(0xa1).get(1)).toBe("IDLE");
  expect(phaseNames(0xaa).get(7)).toBe("INHALE");
  expect(phaseNames(0xb6).get(7)).toBe("INHALE");
  expect(phaseNames(0xb5).get(6)).toBe("INHALE");
});

test("the server's word for a state wins, and an unknown state is told as its number", () => {
  const names = phaseNames(0xa0);
  expect(phaseName(names, 5, "BREATH_IN")).toBe("BREATH_IN");
  expect(phaseName(names, 99)).toBe("STATE 99");
  expect(phaseName(names, null)).toBe("–");
});

test("names become words and colours", () => {
  expect(phaseText("BUFF_PRE_INHALE")).toBe("buffer pre-inhale");
  expect(familyOf("EXHALE_FILL")).toBe("exhale");
  expect(familyOf("STATE 99")).toBe("other");
});

test("stretches of one state follow each other, and a silence belongs to none", () => {
  const ring = new SampleRing(1, 64);
  for (const [time, state] of [[0, 1], [1, 1], [2, 5], [3, 5], [9, 5], [10, 8]] as const) {
    ring.push([1_000_000 + time * 1000, state]);
  }
  const found = stretchesOf(ring, 0, 1000, 1010, 2).map(({ state, from, to }) => [state, from - 1000, to - 1000]);
  expect(found).toEqual([
    [1, 0, 2],
    [5, 2, 3],
    [5, 9, 10],
    [8, 10, 10],
  ]);
});
