import { expect, test } from "vitest";

import { frameText, isIdle, Tail } from "../../../src/gateways/slots/frames";
import { frameWith } from "./made";

test("general polls and empty answers are idle; what tells something is not", () => {
  expect(isIdle(frameWith("81"))).toBe(true);
  expect(isIdle(frameWith("00", { outgoing: false, note: "nothing" }))).toBe(true);
  expect(isIdle(frameWith("80", { note: "ack" }))).toBe(false);
  expect(isIdle(frameWith("7f", { outgoing: false, note: "exception" }))).toBe(false);
  expect(isIdle(frameWith("01 54"))).toBe(false);
  expect(isIdle(frameWith("81", { note: "repeat" }))).toBe(false);
});

test("frames are explained as far as their first bytes tell", () => {
  expect(frameText(frameWith("81"))).toBe("general poll of 1");
  expect(frameText(frameWith("80", { note: "ack" }))).toBe("acknowledges");
  expect(frameText(frameWith("01 6f 18"))).toBe("long poll 6F: meters");
  expect(frameText(frameWith("01 6f 54", { outgoing: false, note: "answer" }))).toBe("answer to 6F: meters");
  expect(frameText(frameWith("01 6f 18", { note: "repeat" }))).toBe("long poll 6F: meters · repeat");
  expect(frameText(frameWith("01 ee", { note: "" }))).toBe("long poll EE");
  expect(frameText(frameWith("7f", { outgoing: false, note: "exception" }))).toBe("exception");
});

test("a tail keeps the newest, newest first", () => {
  const tail = new Tail<number>(3);
  for (const item of [1, 2, 3, 4]) tail.add(item);
  expect(tail.items).toEqual([4, 3, 2]);
});
