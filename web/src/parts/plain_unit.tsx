/** A unit whose kind has no page of its own yet: its state and its events. */

import type { Unit } from "../session";
import { EventsPanel } from "./events";
import { StateChip } from "./lamp";

export function PlainUnit({ unit }: { unit: Unit }) {
  return (
    <article class="unit-page" data-testid="unit-page">
      <header class="unit-head">
        <div class="unit-title">
          <h1>{unit.unit}</h1>
          <StateChip state={unit.state} testId="unit-state" />
          <p class="unit-reason">{unit.reason}</p>
          <p class="unit-facts">
            <span>{unit.kind}</span>
            {unit.commands.length > 0 && <span>Commands: {unit.commands.join(", ")}</span>}
          </p>
        </div>
      </header>
      <EventsPanel filter={{ unit: unit.unit }} title="Events of this unit" />
    </article>
  );
}
