/** Machines made up for tests. */

import type { Frame, MachineException, MachineStatus, Meter } from "../../../src/gateways/slots/machine";

export const SINCE = "2026-01-01T12:00:00Z";

export function statusWith(changes: Partial<MachineStatus> = {}): MachineStatus {
  return {
    state: "live",
    reason: "it answers",
    connected: true,
    since: SINCE,
    link: "up",
    phase: "ready",
    label: "",
    credits: 497,
    denomination_cents: 1,
    open_doors: [],
    faults: [],
    menu: "",
    is_lamp_on: false,
    handpay: false,
    handpay_cents: null,
    game: null,
    switches: {},
    clock_off_s: null,
    exceptions: 0,
    ...changes,
  };
}

export function meterWith(code: number, value: number, changes: Partial<Meter> = {}): Meter {
  return { code, name: "coin_in", unit: "credits", value, at: SINCE, ...changes };
}

export function exceptionWith(number: number): MachineException {
  return { number, at: SINCE, code: 0x7f, text: "game end", fields: null, away: false };
}

export function frameWith(hex: string, changes: Partial<Frame> = {}): Frame {
  return { at: SINCE, outgoing: true, hex, note: "poll", ...changes };
}
