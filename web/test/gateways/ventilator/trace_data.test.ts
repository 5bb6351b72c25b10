import { expect, test } from "vitest";

import { SampleRing } from "../../../src/gateways/ventilator/sample_ring";
import { TimeWindow } from "../../../src/gateways/ventilator/time_window";
import { emptyTraceData, fillTraces, gapSeconds } from "../../../src/gateways/ventilator/trace_data";

function ring(times: number[]): SampleRing {
  const samples = new SampleRing(2, 64);
  for (const time of times) samples.push([time * 1000, time, 2 * time]);
  return samples;
}

const seconds = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

test("a window that scrolls holds its samples and the one before them", () => {
  const data = emptyTraceData(1);
  fillTraces(data, ring(seconds(980, 1000)), [1], new TimeWindow("scroll", 10, 1000), 2);
  expect(data.places[0]).toBe(-11);
  expect(data.places.at(-1)).toBe(0);
  expect(data.lines[0]!.at(-1)).toBe(2000);
  expect(data.newest).toBe(data.places.length - 1);
  expect([data.lows[0], data.highs[0]]).toEqual([1978, 2000]);
});

test("a silence breaks the line, and so does a gap that was told", () => {
  const samples = ring([991, 992, 997, 998]);
  samples.cut();
  samples.push([999_000, 999, 1998]);
  const data = emptyTraceData(1);
  fillTraces(data, samples, [0], new TimeWindow("scroll", 10, 1000), 2);
  expect(data.lines[0]).toEqual([991, 992, null, 997, 998, null, 999]);
});

test("a sweep is drawn from left to right in one rising row, broken at its bar", () => {
  const data = emptyTraceData(1);
  fillTraces(data, ring(seconds(990, 1003)), [0], new TimeWindow("sweep", 10, 1003), 2);
  const rising = data.places.every((place, index) => index === 0 || place >= data.places[index - 1]!);
  expect(rising).toBe(true);
  expect(data.lines[0]).toEqual([1000, 1001, 1002, 1003, null, 994, 995, 996, 997, 998, 999]);
  expect(data.places[data.newest]).toBe(3);
});

test("the arrays are used again and never show what they held before", () => {
  const data = emptyTraceData(1);
  fillTraces(data, ring(seconds(980, 1000)), [0], new TimeWindow("scroll", 30, 1000), 2);
  fillTraces(data, ring(seconds(998, 1000)), [0], new TimeWindow("scroll", 30, 1000), 2);
  expect(data.lines[0]).toEqual([998, 999, 1000]);
});

test("a value that is no number is no point", () => {
  const samples = new SampleRing(2, 8);
  samples.push([1_000_000, NaN, 5]);
  const data = emptyTraceData(2);
  fillTraces(data, samples, [0, 1], new TimeWindow("scroll", 10, 1000), 2);
  expect(data.lines).toEqual([[null], [5]]);
  expect(data.lows[0]).toBeNaN();
});

test("slow samples are joined, a silence is not", () => {
  expect(gapSeconds(NaN)).toBe(0.6);
  expect(gapSeconds(0.02)).toBe(0.6);
  expect(gapSeconds(0.2)).toBeCloseTo(1.2);
});
