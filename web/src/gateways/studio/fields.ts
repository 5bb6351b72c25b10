/** What the services and devices of a table are called, and how each value looks: mark, tone and word. */

import { capitalised } from "../../format";
import type { TableField } from "./table";

const LABELS: Record<string, string> = {
  SDP: "SDP",
  IDP: "IDP",
  BROKER: "Broker",
  ZCam: "ZCam",
  ROULETTE: "Roulette",
  SHAKER: "Shaker",
  BARCODE_SCANNER: "Barcode",
  NFC_SCANNER: "NFC",
};

/** Three letters, where there is no room for more; the whole name stands in the tooltip. */
const CODES: Record<string, string> = {
  BROKER: "BRK",
  ZCam: "CAM",
  ROULETTE: "ROU",
  SHAKER: "SHK",
  BARCODE_SCANNER: "BAR",
  NFC_SCANNER: "NFC",
};

export function codeOf(key: string): string {
  return CODES[key] ?? key.slice(0, 3).toUpperCase();
}

/** Keys in the order of the snapshot on the wire. */
export const KEYS = Object.keys(LABELS);

export function labelOf(key: string): string {
  if (key === "MAINTENANCE") return "Maintenance";
  if (key.startsWith("custom.")) return key.slice("custom.".length);
  return LABELS[key] ?? capitalised(key.replaceAll("_", " ").toLowerCase());
}

/**
 * How a value looks. Each has a shape of its own, so that none needs its colour:
 * `up` a full disc, `standby` a ring, `calibration` a half disc, `down` a square with a cut, `exception` a triangle.
 */
export type Look = "up" | "standby" | "calibration" | "down" | "exception" | "other";

const LOOKS: Record<string, Look> = {
  up: "up",
  standby: "standby",
  idle: "standby",
  initial: "standby",
  calibration: "calibration",
  down: "down",
  exception: "exception",
};

/** The look of a base value (`up` of `up_idle`). */
export function lookOf(base: string): Look {
  return LOOKS[base] ?? "other";
}

/** The part of a value before its extension: `up_idle` → `up`. */
export function baseOf(value: string): string {
  return value.split("_", 1)[0] ?? value;
}

/** A value in words: `up_idle` → `up idle`. */
export function valueText(value: string): string {
  return value.replaceAll("_", " ");
}

/** The whole truth about a field in one line, for tooltips and screen readers. */
export function fieldText(field: TableField): string {
  const marks = [
    field.changed_at === null ? "never reported" : "",
    field.stale ? "stale: who reported it is gone" : "",
    field.ignored ? "ignored" : "",
  ].filter(Boolean);
  return `${labelOf(field.key)}: ${valueText(field.value)}${marks.length ? ` (${marks.join(", ")})` : ""}`;
}
