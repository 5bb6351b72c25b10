/** Alarms, flags and channel states of a board in words. */

import { capitalised, wordsFromName } from "../../format";

export interface AlarmWords {
  title: string;
  text: string;
  priority: "high" | "medium";
}

const ALARMS: Record<string, AlarmWords> = {
  short_circuit: {
    title: "Short circuit",
    text: "The board reports one at its lock outputs; it does not say at which cell.",
    priority: "high",
  },
  wrong_code: {
    title: "Wrong code three times",
    text: "Somebody typed wrong codes three times in a row; the board does not say at which cell.",
    priority: "medium",
  },
  possible_clone: {
    title: "Two boards may use this ID",
    text: "Reports of this ID came from two addresses at once. Whoever knows an ID can read the board's codes.",
    priority: "high",
  },
  layout_mismatch: {
    title: "Locks do not fit the cabinet",
    text: "The self-test names locks outside of columns × rows; check the board's layout and act_con_mode.",
    priority: "medium",
  },
  reboot_failed: {
    title: "The board did not reboot",
    text: "It was told so for 10 minutes or 5 replies, and never reported that it had started anew.",
    priority: "medium",
  },
  still_blocked: {
    title: "Still blocked",
    text: "Unblocked here, but two reports later the board still says blocked. A reboot may help.",
    priority: "medium",
  },
  clock_behind: {
    title: "The server's clock is behind",
    text: "It says a time before the journal's last event. Until it has caught up, no code expires.",
    priority: "medium",
  },
};

export function alarmWords(name: string): AlarmWords {
  const unknown = /^state_(\d+)$/.exec(name)?.[1];
  if (unknown) {
    const text = "The board reports a state that ACon_V1.0 does not name.";
    return { title: `Unknown state ${unknown}`, text, priority: "medium" };
  }
  return ALARMS[name] ?? { title: capitalised(wordsFromName(name)), text: "", priority: "medium" };
}

const FLAGS: Record<string, string> = {
  layout_mismatch: "locks outside of columns × rows",
  dropped_items: "entries that are no cell numbers",
  duplicate_key: "a field given twice",
  bad_locks: "a list of locks that cannot be read",
  bad_number: "a number that cannot be read",
  out_of_range: "a number out of range",
  not_ascii: "text that is not ASCII",
};

/** What was odd about the last report. */
export function flagText(flag: string): string {
  return FLAGS[flag] ?? wordsFromName(flag);
}

export const CHANNELS: Record<string, string> = { "1": "Wi-Fi", "2": "GSM" };

export function channelName(channel: number | string | null | undefined): string {
  if (channel === null || channel === undefined || channel === 0) return "–";
  return CHANNELS[String(channel)] ?? `channel ${channel}`;
}

const CHANNEL_STATES: Record<number, string> = { 0: "ok", 1: "hardware fault", 2: "no access point", 3: "no internet" };

/** `WIFI_STATE` and `GSM_STATE` in words. */
export function channelState(state: number | null | undefined): string {
  if (state === null || state === undefined) return "not reported";
  return CHANNEL_STATES[state] ?? `state ${state}`;
}
