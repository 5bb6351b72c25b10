import { expect, test } from "vitest";

import { isHeard, isKnown, lampsOf, toneOf, whyOf } from "../../../src/gateways/slots/tone";
import { statusWith } from "./made";

test("nothing heard is not known, and never in play", () => {
  expect(toneOf(null)).toBe("unheard");
  expect(toneOf(statusWith({ link: "waiting" }))).toBe("unheard");
});

test("a machine that is not reached is away, whatever it said before", () => {
  for (const link of ["down", "closed"] as const) {
    const status = statusWith({ link, faults: ["reel tilt"], reason: "no answer for 5 s" });
    expect(toneOf(status)).toBe("away");
    expect(whyOf(status)).toBe("no answer for 5 s");
    expect(isHeard(status)).toBe(false);
  }
});

test("of a machine that was never heard nobody knows the doors", () => {
  expect(isKnown(statusWith({ link: "down", credits: null }))).toBe(false);
  expect(isKnown(statusWith({ link: "down", credits: null, exceptions: 3 }))).toBe(true);
  expect(isKnown(statusWith({ credits: null }))).toBe(true);
});

test("the worst comes first", () => {
  expect(toneOf(statusWith())).toBe("ok");
  expect(toneOf(statusWith({ menu: "operator" }))).toBe("locked");
  expect(toneOf(statusWith({ switches: { play: "off" } }))).toBe("locked");
  expect(toneOf(statusWith({ link: "failing", switches: { play: "off" } }))).toBe("failing");
  expect(toneOf(statusWith({ handpay: true, switches: { play: "off" } }))).toBe("handpay");
  expect(toneOf(statusWith({ handpay: true, open_doors: ["slot door"] }))).toBe("trouble");
});

test("the reason names what it is about, the newest fault first", () => {
  const status = statusWith({ faults: ["bill jam", "reel tilt"], open_doors: ["slot door"] });
  expect(whyOf(status)).toBe("reel tilt, bill jam, slot door open");
  expect(whyOf(statusWith({ handpay: true, handpay_cents: 120_000 })).replace(/\s/g, " ")).toBe("handpay 1 200.00");
  expect(whyOf(statusWith({ menu: "operator" }))).toBe("operator menu is open");
});

test("each lamp has a word both on and off", () => {
  expect(lampsOf(statusWith()).map((lamp) => lamp.isOn)).toEqual([false, false, false, false]);
  const all = statusWith({ open_doors: ["slot door"], faults: ["tilt"], handpay: true, switches: { play: "off" } });
  expect(lampsOf(all).map((lamp) => lamp.word)).toEqual(["door open", "tilt", "handpay", "locked"]);
  expect(lampsOf(all).every((lamp) => lamp.isOn)).toBe(true);
});
