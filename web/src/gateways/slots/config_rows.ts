/** What a machine is, as rows for people, of the answers that it gave at its start. */

import { capitalised, wordsFromName } from "../../format";
import type { Config } from "./machine";
import { moneyText } from "./words";

export type Row = readonly [name: string, value: string];

const text = (value: unknown): string => (value === undefined || value === null ? "" : String(value).trim());

/** Rows of what is known; what the machine did not answer is left out. */
export function configRows(config: Config, denominationCents: number | null): Row[] {
  const info = config.info ?? {};
  const payback = Number(info.payback);
  const rows: Row[] = [
    ["SAS version", versionText(text(config.version?.sas_version))],
    ["Serial number", text(config.version?.serial)],
    ["Game", [text(info.game_id), text(info.additional_id)].filter(Boolean).join(" ")],
    ["Paytable", text(info.paytable_id)],
    ["Payback", text(info.payback) && Number.isFinite(payback) ? `${(payback / 100).toFixed(2)} %` : ""],
    ["Highest bet", info.max_bet === 255 ? "255 or more" : text(info.max_bet)],
    ["Credit", denominationCents === null ? "" : moneyText(denominationCents)],
    ["Games", text(config.games?.count)],
    ["Asset number", text(config.registration?.asset ?? config.aft?.asset)],
  ];
  return rows.filter(([, value]) => value !== "");
}

/** `602` → `6.02`. */
function versionText(version: string): string {
  return /^\d{3}$/.test(version) ? `${version[0]}.${version.slice(1)}` : version;
}

export interface Feature {
  name: string;
  has: boolean;
}

const FEATURE_WORDS: Record<string, string> = {
  can_be_polled_fast: "Polled every 40 ms",
  has_aft: "AFT",
  has_extended_meters: "Extended meters",
  has_validation_extensions: "Validation extensions",
};

/** The abilities that the machine declares. */
export function featuresOf(config: Config): Feature[] {
  return Object.entries(config.features ?? {})
    .filter((entry): entry is [string, boolean] => typeof entry[1] === "boolean")
    .map(([name, has]) => ({ name: FEATURE_WORDS[name] ?? capitalised(wordsFromName(name)), has }));
}
