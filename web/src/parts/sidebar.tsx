/** All gateways with their units, at the left of every page. */

import { useCell } from "../cell";
import { plural } from "../format";
import { kindOf } from "../gateways/kinds";
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

// A longer list is no overview any more; the gateway's board has all of them.
const UNITS_LISTED_MAX = 12;

/** The first units, and the one that is being looked at. */
export function unitsListed(units: Unit[], current: string): Unit[] {
  const first = units.slice(0, UNITS_LISTED_MAX);
  const looked = units.find((unit) => unit.unit === current);
  return looked && !first.includes(looked) ? [...first, looked] : first;
}

function GatewayEntry({ gateway, units }: { gateway: GatewayInfo; units: Unit[] }) {
  const { session, place } = usePage();
  const here = useCell(place);
  const only = units.length === 1 ? units[0] : undefined;
  const current = here.at === "unit" ? here.unit : here.at === "home" && session.units.value?.size === 1 ? only?.unit : "";
  const hasBoard = Boolean(kindOf(gateway.kind)?.Board);
  const shown = hasBoard ? unitsListed(units, current ?? "") : units;
  return (
    <li class="gateway" data-testid={`gateway-${gateway.name}`}>
      <div class="gateway-head">
        {hasBoard ? (
          <a
            class="gateway-board"
            href={hashOf({ at: "gateway", gateway: gateway.name })}
            aria-current={here.at === "gateway" && here.gateway === gateway.name ? "page" : undefined}
          >
            {gateway.name}
          </a>
        ) : (
          <strong>{gateway.name}</strong>
        )}
        <span class="quiet">{gateway.kind}</span>
        <span class="spring" />
        <StateChip state={gateway.state} />
      </div>
      {gateway.state !== "running" && gateway.reason && <p class="gateway-reason">{gateway.reason}</p>}
      {gateway.next_attempt && <Countdown to={gateway.next_attempt} before="next attempt in" />}
      <ul class="unit-list">
        {shown.map((unit) => (
          <li key={unit.unit}>
            <a
              href={hashOf({ at: "unit", unit: unit.unit })}
              aria-current={current === unit.unit ? "page" : undefined}
              data-testid={`unit-${unit.unit}`}
              title={unit.reason}
            >
              <Lamp tone={toneOf(unit.state)} />
              <span class="unit-name">{hasBoard ? unit.unit.slice(gateway.name.length + 1) : unit.unit}</span>
              <span class="unit-state">{unit.state}</span>
            </a>
          </li>
        ))}
      </ul>
      {shown.length < units.length && (
        <p class="quiet">
          <a href={hashOf({ at: "gateway", gateway: gateway.name })}>{plural(units.length - shown.length, "more unit")}</a>
        </p>
      )}
      {units.length === 0 && <p class="quiet">{gateway.units ? plural(gateway.units, "unit") : "No unit yet."}</p>}
    </li>
  );
}
