/** Which page and card each kind of gateway has. A later gateway adds its line here and its folder beside this file. */

import type { ComponentType } from "preact";

import type { Unit } from "../session";
import { LockerCard } from "./lockers/card";
import { Hall } from "./lockers/hall";
import { LockerPage } from "./lockers/page";
import { SlotsFloor } from "./slots/board";
import { MachineCard } from "./slots/card";
import { MachinePage } from "./slots/page";
import { StudioBoard } from "./studio/board";
import { TableCard } from "./studio/card";
import { TablePage } from "./studio/page";
import { VentilatorCard } from "./ventilator/card";
import { VentilatorPage } from "./ventilator/page";

export interface Kind {
  /** What one unit is called: `Ventilator`. */
  title: string;
  Page: ComponentType<{ unit: Unit }>;
  /** What the overview shows of a unit. */
  Card: ComponentType<{ unit: string }>;
  /** All units of one gateway on one page (`#/gateway/NAME`), for kinds that have many; none: the overview does. */
  Board?: ComponentType<{ gateway: string; units: readonly Unit[] }>;
}

const KINDS: Record<string, Kind> = {
  lockers: { title: "Locker board", Page: LockerPage, Card: LockerCard, Board: Hall },
  slots: { title: "Slot machine", Page: MachinePage, Card: MachineCard, Board: SlotsFloor },
  studio: { title: "Table", Page: TablePage, Card: TableCard, Board: StudioBoard },
  ventilator: { title: "Ventilator", Page: VentilatorPage, Card: VentilatorCard },
};

/** The parts of a kind; undefined for one that has no page of its own yet. */
export function kindOf(kind: string): Kind | undefined {
  return Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
}
