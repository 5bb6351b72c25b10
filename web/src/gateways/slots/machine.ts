/** What the server sends of a slot machine, as `slots/model/shown.py` writes it. Types only. */

import type { UnitStatus } from "../../protocol";

export type LinkWord = "" | "waiting" | "up" | "failing" | "down" | "closed";

export interface MachineStatus extends UnitStatus {
  link: LinkWord;
  phase: "away" | "starting" | "ready";
  label: string;
  /** Null: never read. */
  credits: number | null;
  /** Of one credit; null when not known. */
  denomination_cents: number | null;
  open_doors: readonly string[];
  /** The newest last. */
  faults: readonly string[];
  menu: string;
  is_lamp_on: boolean;
  handpay: boolean;
  handpay_cents: number | null;
  game: number | null;
  /** What commands have set since the machine's power came. */
  switches: Readonly<Record<string, string>>;
  clock_off_s: number | null;
  exceptions: number;
}

export interface Meter {
  code: number;
  name: string;
  unit: string;
  value: number;
  /** When it became this value. */
  at: string;
}

export interface MachineException {
  number: number;
  at: string;
  code: number;
  text: string;
  fields: Record<string, unknown> | null;
  /** Told later: it happened while nobody listened, or before the start-up conversation was through. */
  away: boolean;
}

export interface Frame {
  at: string;
  outgoing: boolean;
  /** `01 6f 18`. */
  hex: string;
  note: string;
}

export interface Timing {
  /** Upper bounds of the steps; every histogram has one step more. */
  bounds_s: readonly number[];
  turn_around: readonly number[];
  lateness: readonly number[];
  held: readonly number[];
  turn_around_max_s: number;
  late_max_s: number;
  counts: Readonly<Record<string, number>>;
}

/** Answers of the start-up conversation by the name of their question. */
export type Config = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
