/** Orders to a table: whether one may be given now, and how far the last one is. */

import { useCell } from "../../cell";
import { type Entry, isEnded } from "../../commands";
import { usePage } from "../../parts/context";
import { useIsLinked } from "./use_feed";

/** Why nothing can be ordered now; empty when it can. */
export function refusalOf(isLinked: boolean, isOperator: boolean): string {
  if (!isLinked) return "this page is not connected to lineside";
  return isOperator ? "" : "your role may look but not steer";
}

export function useRefusal(): string {
  const { session } = usePage();
  return refusalOf(useIsLinked(), session.may("operator"));
}

export interface LastOrder {
  entry: Entry;
  isOpen: boolean;
  /** Why it did not come about; empty while it may, or when it did. */
  trouble: string;
}

/** The newest of the orders that `isWanted` picks; null when there is none. */
export function lastOrder(
  entries: readonly Entry[],
  unit: string,
  isWanted: (entry: Entry) => boolean,
): LastOrder | null {
  const entry = entries.find((one) => one.unit === unit && isWanted(one));
  if (!entry) return null;
  const isOpen = !isEnded(entry.stage);
  const isFailed = !isOpen && entry.stage !== "done";
  const said = entry.trouble || entry.report?.outcome?.text || entry.stage;
  return { entry, isOpen, trouble: isFailed ? said : "" };
}

export function useLastOrder(unit: string, name: string): LastOrder | null {
  const { session } = usePage();
  return lastOrder(useCell(session.commands.entries), unit, (entry) => entry.name === name && entry.params !== null);
}
