/** A machine's credits, money, meters and doors in words. */

import { capitalised, countText, wordsFromName } from "../../format";
import type { MachineStatus, Meter } from "./machine";

export const GAMES_PLAYED = 5;

/** Cents as units of the house's currency, which no machine names: `4.97`, `−0.05`. */
export function moneyText(cents: number): string {
  const whole = Math.trunc(Math.abs(cents) / 100);
  const rest = (Math.abs(cents) % 100).toFixed(Number.isInteger(cents) ? 0 : 2);
  const [left = "0", right = ""] = rest.split(".");
  return `${cents < 0 ? "−" : ""}${countText(whole)}.${left.padStart(2, "0")}${right}`;
}

/** `497`; a dash before the first reading. */
export function creditsText(status: MachineStatus | null): string {
  return status?.credits === null || status?.credits === undefined ? "–" : countText(status.credits);
}

/** `credits of 0.01, 4.97 in all`; credits of a simulator are play credits. */
export function worthText(status: MachineStatus | null): string {
  const word = status?.simulated ? "play credits" : "credits";
  const cents = status?.denomination_cents ?? null;
  if (!status || status.credits === null) return `${word}, not read yet`;
  if (cents === null) return `${word}, worth not known`;
  return `${word} of ${moneyText(cents)}, ${moneyText(status.credits * cents)} in all`;
}

/** `coin_in` → `Coin in`. */
export function meterTitle(meter: Meter): string {
  return capitalised(wordsFromName(meter.name));
}

/** The value as its unit wants to be read. */
export function meterText(meter: Meter): string {
  if (meter.unit === "cents") return moneyText(meter.value);
  if (meter.unit === "hundredths of a percent") return `${(meter.value / 100).toFixed(2)} %`;
  return countText(meter.value);
}

const UNIT_WORDS: Record<string, string> = {
  count: "",
  cents: "money",
  "hundredths of a percent": "",
  unknown: "unit not known",
};

/** What stands behind the value. */
export function unitText(unit: string): string {
  return UNIT_WORDS[unit] ?? unit;
}

/** The value of a meter; null when it was never read. */
export function meterValue(meters: readonly Meter[] | null, code: number): number | null {
  return meters?.find((meter) => meter.code === code)?.value ?? null;
}

/** `7F`. */
export function hexByte(code: number): string {
  return code.toString(16).toUpperCase().padStart(2, "0");
}
