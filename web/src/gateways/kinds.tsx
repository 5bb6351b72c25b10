/** Which page and card each kind of gateway has. A later gateway adds its line here and its folder beside this file. */

import type { ComponentType } from "preact";

import type { Unit } from "../session";
import { VentilatorCard } from "./ventilator/card";
import { VentilatorPage } from "./ventilator/page";

export interface Kind {
  /** What one unit is called: `Ventilator`. */
  title: string;
  Page: ComponentType<{ unit: Unit }>;
  /** What the overview shows of a unit. */
  Card: ComponentType<{ unit: string }>;
}

const KINDS: Record<string, Kind> = {
  ventilator: { title: "Ventilator", Page: VentilatorPage, Card: VentilatorCard },
};

/** The parts of a kind; undefined for one that has no page of its own yet. */
export function kindOf(kind: string): Kind | undefined {
  return Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
}
