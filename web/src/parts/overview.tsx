/** The first page with more than one unit: every gateway, every unit at a glance, and what happened last. */

import { useCell } from "../cell";
import { momentText } from "../format";
import { kindOf } from "../gateways/kinds";
import { hashOf } from "../places";
import type { GatewayInfo } from "../protocol";
import type { Unit } from "../session";
import { usePage } from "./context";
import { Countdown } from "./countdown";
import { EventsPanel } from "./events";
import { StateChip } from "./lamp";
import { unitsOf } from "./sidebar";
import { SinksPanel } from "./sinks";

export function Overview() {
  const { session } = usePage();
  const gateways = useCell(session.gateways);
  const units = useCell(session.units);
  return (
    <div class="overview" data-testid="overview">
      <h1>Overview</h1>
      {gateways === null && <p class="empty-line">Listening for the gateways…</p>}
      {gateways?.length === 0 && <NoGateways />}
      <div class="gateway-sections">
        {gateways?.map((gateway) => (
          <GatewaySection key={gateway.name} gateway={gateway} units={unitsOf(gateway, units)} />
        ))}
      </div>
      <SinksPanel />
      <EventsPanel filter={{}} title="Latest events" />
    </div>
  );
}

function NoGateways() {
  return (
    <section class="panel empty" data-testid="no-gateways">
      <strong>No gateways</strong>
      <p>
        The settings name none. Add one to <code>lineside.toml</code>, then run <code>lineside reload</code>:
      </p>
      <pre>{`[gateways.ward]\nkind = "ventilator"\nline = "/dev/ttyACM0"`}</pre>
      <p class="quiet">
        To look around first, <code>lineside demo</code> runs every gateway with a simulator.
      </p>
    </section>
  );
}

// Of a gateway with a board, no more cards than this; the board has all units.
const CARDS_BESIDE_BOARD_MAX = 8;

function GatewaySection({ gateway, units }: { gateway: GatewayInfo; units: Unit[] }) {
  const hasBoard = Boolean(kindOf(gateway.kind)?.Board);
  const shown = hasBoard ? worstFirst(units).slice(0, CARDS_BESIDE_BOARD_MAX) : units;
  return (
    <section class={`gateway-section ${units.length > 1 ? "wide" : ""}`} aria-label={`Gateway ${gateway.name}`}>
      <header>
        <h2>{gateway.name}</h2>
        <span class="quiet">{kindOf(gateway.kind)?.title ?? gateway.kind}</span>
        <StateChip state={gateway.state} />
        <span class="quiet">since {momentText(gateway.since)}</span>
        {gateway.state !== "running" && <span class="gateway-reason">{gateway.reason}</span>}
        {gateway.next_attempt && <Countdown to={gateway.next_attempt} before="next attempt in" />}
        {hasBoard && (
          <a class="more" href={hashOf({ at: "gateway", gateway: gateway.name })} data-testid={`board-${gateway.name}`}>
            all of {gateway.name}
          </a>
        )}
      </header>
      {units.length === 0 ? (
        <p class="empty-line">No unit has been heard of yet.</p>
      ) : (
        <ul class="cards">
          {shown.map((unit, index) => (
            <UnitCard key={unit.unit} unit={unit} isDrawn={index < CARDS_DRAWN_MAX} />
          ))}
        </ul>
      )}
    </section>
  );
}

const WORST_FIRST = ["fault", "away", "stale", "waiting", "live"];

/** Trouble first; the order of the units otherwise. */
export function worstFirst(units: readonly Unit[]): Unit[] {
  return [...units].sort((one, other) => WORST_FIRST.indexOf(one.state) - WORST_FIRST.indexOf(other.state));
}

// Waveforms of more units than this at once cost more than a glance is worth; the others show their state.
const CARDS_DRAWN_MAX = 8;

function UnitCard({ unit, isDrawn }: { unit: Unit; isDrawn: boolean }) {
  const Card = kindOf(unit.kind)?.Card;
  return (
    <li class="panel card">
      <a class="card-head" href={hashOf({ at: "unit", unit: unit.unit })}>
        <strong>{unit.unit}</strong>
        <StateChip state={unit.state} />
      </a>
      <p class="card-reason">{unit.reason}</p>
      {Card && isDrawn && <Card unit={unit.unit} />}
    </li>
  );
}
