/** How a machine is, in one word with one shape; the same everywhere: tile, card and page. */

import type { MachineStatus } from "./machine";
import { moneyText } from "./words";

/**
 * - `trouble`: a tilt, a fault or an open door.
 * - `handpay`: somebody waits to be paid.
 * - `away`: the machine is not reached; what is shown is what was.
 * - `failing`: the last polls failed.
 * - `locked`: play was locked out from here, or a menu is open.
 * - `unheard`: nothing came of it yet.
 */
export type MachineTone = "trouble" | "handpay" | "away" | "failing" | "locked" | "unheard" | "ok";

export const TONES_WORST_FIRST: readonly MachineTone[] = [
  "trouble",
  "handpay",
  "away",
  "failing",
  "locked",
  "unheard",
  "ok",
];

export const TONE_WORDS: Record<MachineTone, string> = {
  trouble: "trouble",
  handpay: "handpay",
  away: "away",
  failing: "failing",
  locked: "out of play",
  unheard: "not heard",
  ok: "in play",
};

export function toneOf(status: MachineStatus | null): MachineTone {
  if (!status || status.link === "" || status.link === "waiting") return "unheard";
  if (status.link === "down" || status.link === "closed") return "away";
  if (status.faults.length || status.open_doors.length) return "trouble";
  if (status.handpay) return "handpay";
  if (status.link === "failing") return "failing";
  return isLocked(status) || status.menu ? "locked" : "ok";
}

/** Whether play was locked out by a command; nothing reads back whether it holds. */
export function isLocked(status: MachineStatus): boolean {
  return status.switches.play === "off";
}

/** Whether what the status says is so now. */
export function isHeard(status: MachineStatus | null): boolean {
  return status?.link === "up";
}

/** Why the tone is what it is. */
export function whyOf(status: MachineStatus | null): string {
  switch (toneOf(status)) {
    case "trouble":
      return [...[...status!.faults].reverse(), ...status!.open_doors.map((door) => `${door} open`)].join(", ");
    case "handpay":
      return lampsOf(status!).find((lamp) => lamp.key === "handpay")!.word;
    case "locked":
      return isLocked(status!) ? "play is locked out by an order" : `${status!.menu} menu is open`;
    default:
      return status?.reason ?? "";
  }
}

/** Whether the machine was ever heard; before that nobody knows its doors. */
export function isKnown(status: MachineStatus): boolean {
  return isHeard(status) || status.exceptions > 0 || status.credits !== null;
}

export type LampKey = "door" | "tilt" | "handpay" | "locked";

export interface LampState {
  key: LampKey;
  isOn: boolean;
  /** Says the same as the sign. */
  word: string;
  /** What exactly, where there is more to say. */
  detail: string;
}

/** The four lamps of a machine, always in this order. */
export function lampsOf(status: MachineStatus): readonly LampState[] {
  const { open_doors: doors, faults, handpay_cents: cents } = status;
  const handpay = cents === null ? "handpay" : `handpay ${moneyText(cents)}`;
  return [
    { key: "door", isOn: doors.length > 0, word: doors.length ? "door open" : "no door open", detail: doors.join(", ") },
    { key: "tilt", isOn: faults.length > 0, word: faults.length ? "tilt" : "no tilt", detail: faults.join(", ") },
    { key: "handpay", isOn: status.handpay, word: status.handpay ? handpay : "no handpay", detail: "" },
    { key: "locked", isOn: isLocked(status), word: isLocked(status) ? "locked" : "not locked", detail: "" },
  ];
}
