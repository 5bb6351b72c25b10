import { expect, test } from "vitest";

import { creditsText, hexByte, meterText, meterTitle, meterValue, moneyText, unitText, worthText } from "../../../src/gateways/slots/words";
import { meterWith, statusWith } from "./made";

test.each([
  [0, "0.00"],
  [497, "4.97"],
  [100, "1.00"],
  [-5, "−0.05"],
  [0.05, "0.0005"],
  [250_000_00, "250 000.00"],
])("%d cents are written %s", (cents, text) => {
  expect(moneyText(cents).replace(/\s/g, " ")).toBe(text);
});

test("credits are told with their worth as far as it is known", () => {
  expect(creditsText(null)).toBe("–");
  expect(creditsText(statusWith({ credits: null }))).toBe("–");
  expect(creditsText(statusWith({ credits: 0 }))).toBe("0");
  expect(worthText(statusWith())).toBe("credits of 0.01, 4.97 in all");
  expect(worthText(statusWith({ denomination_cents: null }))).toBe("credits, worth not known");
  expect(worthText(statusWith({ credits: null }))).toBe("credits, not read yet");
});

test("credits of a simulator are play credits", () => {
  expect(worthText(statusWith({ simulated: true }))).toContain("play credits");
  expect(worthText(statusWith())).not.toContain("play");
});

test("meters are written in their units", () => {
  expect(meterTitle(meterWith(0, 1))).toBe("Coin in");
  expect(meterText(meterWith(13, 1250, { unit: "cents" }))).toBe("12.50");
  expect(meterText(meterWith(0x7f, 9068, { unit: "hundredths of a percent" }))).toBe("90.68 %");
  expect(unitText("credits")).toBe("credits");
  expect(unitText("count")).toBe("");
  expect(meterValue([meterWith(5, 4)], 5)).toBe(4);
  expect(meterValue(null, 5)).toBeNull();
  expect(hexByte(7)).toBe("07");
});
