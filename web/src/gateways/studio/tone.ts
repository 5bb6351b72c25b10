/** How a table is, in one word with one shape; the same everywhere: tile, card and page. */

import { capitalised, plural, wordsFromName } from "../../format";
import { labelOf, valueText } from "./fields";
import type { Presence, TableAlarms, TableSignal, TableState, TableStatus } from "./table";

/**
 * - `trouble`: an alarm or an error signal is open.
 * - `watch`: something is wrong within its grace, stale or calibrating, or a device warns.
 * - `maintenance`: people work on it; alarms are muted.
 * - `silent`: nobody reports, so what is shown is what was.
 * - `unheard`: this page does not know: nothing came yet, or it is not connected.
 */
export type TableTone = "trouble" | "watch" | "maintenance" | "silent" | "ok" | "unheard";

export const TONES_WORST_FIRST: readonly TableTone[] = ["trouble", "watch", "silent", "maintenance", "unheard", "ok"];

export const TONE_WORDS: Record<TableTone, string> = {
  trouble: "trouble",
  watch: "watch",
  maintenance: "maintenance",
  silent: "nobody reports",
  ok: "ok",
  unheard: "not known",
};

/** The tone of a table from what was heard of it last. */
export function toneOf(status: TableStatus | null, state: TableState | null): TableTone {
  if (!status) return "unheard";
  if (state?.maintenance.on ?? status.maintenance) return "maintenance";
  if (status.color === "red") return "trouble";
  if (status.reporters === 0 || status.color === "grey") return "silent";
  return status.color === "amber" ? "watch" : "ok";
}

/** What was heard of a table. */
export interface Heard {
  status: TableStatus | null;
  state: TableState | null;
  presence: Presence | null;
  alarms: TableAlarms | null;
}

/** Why the tone is what it is; empty when the word says it all. */
export function whyOf(tone: TableTone, heard: Heard): string {
  const { status, state } = heard;
  switch (tone) {
    case "trouble":
      return alarmText(heard) || status?.reason || "";
    case "maintenance":
      return state?.maintenance.reason || (state?.maintenance.by ? `by ${state.maintenance.by}` : "");
    case "watch":
      return worriesOf(heard).slice(0, WORRIES_TOLD_MAX).join(", ") || status?.reason || "";
    case "silent":
      return status?.reason ?? "";
    case "ok":
    case "unheard":
      return "";
  }
}

// More than this does not fit on a tile; the page of the table shows all.
const WORRIES_TOLD_MAX = 2;

function alarmText({ alarms }: Heard): string {
  const open = alarms?.alarms.find((alarm) => alarm.state === "open");
  const signal = alarms?.signals.find((one) => one.type === "error");
  return open?.text ?? (signal ? signalText(signal) : "");
}

/** What is not well and no alarm (yet), the worst first. */
export function worriesOf({ state, presence, alarms }: Heard): string[] {
  const fields = (state?.fields ?? []).filter((field) => !field.ignored);
  const stale = fields.filter((field) => field.stale).length;
  const bad = fields.filter((field) => field.bad && !field.stale);
  const gone = (presence?.gone ?? []).filter((one) => one.lost || one.due);
  return [
    ...bad.map((field) => `${labelOf(field.key)} is ${valueText(field.value)}`),
    ...gone.map((one) => `${one.device || "a reporter"} is gone`),
    ...(stale ? [`${plural(stale, "field")} stale`] : []),
    ...fields.filter((field) => field.base === "calibration").map((field) => `${labelOf(field.key)} calibrates`),
    ...(alarms?.signals ?? []).map(signalText),
  ];
}

export function signalText(signal: TableSignal): string {
  // Some devices send their id as the title, too.
  const title = signal.title === signal.msg_id ? "" : signal.title;
  return title || capitalised(wordsFromName(signal.msg_id)) || signal.content;
}
