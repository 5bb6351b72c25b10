/** All gateways with their units, at the left of every page. */

import { useCell } from "../cell";
import { plural } from "../format";
import { hashOf } from "../places";
import type { GatewayInfo } from "../protocol";
import type { Unit } from "../session";
import { usePage } from "./context";
import { Countdown } from "./countdown";
import { Lamp, StateChip, toneOf } from "./lamp";

export function Sidebar() {
  const { session } = usePage();
  const gateways = useCell(session.gateways);
  const units = useCell(session.units);
  return (
    <nav class="sidebar" aria-label="Gateways and units" data-testid="sidebar">
      <h2>Gateways</h2>
      {gateways === null && <p class="quiet">Listening…</p>}
      {gateways?.length === 0 && <p class="quiet">None in the settings.</p>}
      <ul class="gateway-list">
        {gateways?.map((gateway) => (
          <GatewayEntry key={gateway.name} gateway={gateway} units={unitsOf(gateway, units)} />
        ))}
      </ul>
    </nav>
  );
}

export function unitsOf(gateway: GatewayInfo, units: ReadonlyMap<string, Unit> | null): Unit[] {
  return [...(units?.values() ?? [])].filter((unit) => unit.gateway === gateway.name);
}

function GatewayEntry({ gateway, units }: { gateway: GatewayInfo; units: Unit[] }) {
  const { session, place } = usePage();
  const here = useCell(place);
  const only = units.length === 1 ? units[0] : undefined;
  const current = here.at === "unit" ? here.unit : here.at === "home" && session.units.value?.size === 1 ? only?.unit : "";
  return (
    <li class="gateway" data-testid={`gateway-${gateway.name}`}>
      <div class="gateway-head">
        <strong>{gateway.name}</strong>
        <span class="quiet">{gateway.kind}</span>
        <span class="spring" />
        <StateChip state={gateway.state} />
      </div>
      {gateway.state !== "running" && gateway.reason && <p class="gateway-reason">{gateway.reason}</p>}
      {gateway.next_attempt && <Countdown to={gateway.next_attempt} before="next attempt in" />}
      <ul class="unit-list">
        {units.map((unit) => (
          <li key={unit.unit}>
            <a
              href={hashOf({ at: "unit", unit: unit.unit })}
              aria-current={current === unit.unit ? "page" : undefined}
              data-testid={`unit-${unit.unit}`}
              title={unit.reason}
            >
              <Lamp tone={toneOf(unit.state)} />
              <span class="unit-name">{unit.unit}</span>
              <span class="unit-state">{unit.state}</span>
            </a>
          </li>
        ))}
      </ul>
      {units.length === 0 && <p class="quiet">{gateway.units ? plural(gateway.units, "unit") : "No unit yet."}</p>}
    </li>
  );
}
