import { expect, test } from "vitest";

import {
  type CodeForm,
  EMPTY_FORM,
  endText,
  localMoment,
  minutesOf,
  paramsOf,
  troubleOf,
} from "../../../src/gateways/lockers/code_form";
import { NOW } from "./cells";

const form = (changes: Partial<CodeForm> = {}): CodeForm => ({ ...EMPTY_FORM, ...changes });

test("the form begins ready to be sent: a generated code for eight hours", () => {
  expect(troubleOf(form(), NOW)).toEqual({});
  expect(paramsOf(form(), 12)).toEqual({ cell: 12, minutes: 480 });
});

test("a code of one's own keeps its leading zeros", () => {
  expect(paramsOf(form({ source: "own", code: "0042" }), 2)).toMatchObject({ code: "0042" });
  expect(paramsOf(form({ source: "generated", code: "0042" }), 2)).not.toHaveProperty("code");
});

test.each(["", "12a4", "123456789", " 1492", "１４９２"])("“%s” is no code", (code) => {
  expect(troubleOf(form({ source: "own", code }), NOW)).toHaveProperty("code");
});

test("minutes are from one to what the protocol can say", () => {
  const trouble = (amount: string, unit: CodeForm["unit"] = "min") => troubleOf(form({ amount, unit }), NOW).amount;
  expect([trouble("1"), trouble("65535"), trouble("1,5", "h"), trouble("45", "d")]).toEqual(
    new Array(4).fill(undefined),
  );
  for (const wrong of ["0", "65536", "", "soon", "-5", "Infinity"]) expect(trouble(wrong)).toBeTruthy();
  expect(minutesOf(form({ amount: "1,5", unit: "h" }))).toBe(90);
});

test("an end that is over, too far or none is told before it is sent", () => {
  const trouble = (until: string) => troubleOf(form({ span: "until", until }), NOW).until;
  expect(trouble(localMoment(NOW + 60_000))).toBeUndefined();
  expect([trouble(""), trouble(localMoment(NOW)), trouble(localMoment(NOW + 46 * 86_400_000))].every(Boolean)).toBe(true);
});

test("an end is sent as a moment with its zone, and never together with minutes", () => {
  const until = localMoment(NOW + 3_600_000);
  const params = paramsOf(form({ span: "until", until, once: true, label: " Tools " }), 3);
  expect(params).toEqual({ cell: 3, until: "2026-01-01T13:00:00.000Z", once: true, label: "Tools" });
});

test("the end is told in words while the form says one", () => {
  expect(endText(form(), NOW, "en-GB")).toMatch(/^ends .*, in 8 h$/);
  expect(endText(form({ amount: "x" }), NOW)).toBe("");
  expect(endText(form({ amount: "99999", unit: "d" }), NOW)).toBe("");
});
