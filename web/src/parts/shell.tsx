/** The page as a whole: who may see it, and which part of it is shown. */

import { useEffect } from "preact/hooks";

import { useCell } from "../cell";
import { kindOf } from "../gateways/kinds";
import type { Place } from "../places";
import type { Me } from "../protocol";
import { Banners } from "./banners";
import { usePage } from "./context";
import { EventsPage } from "./events";
import { Away, Login } from "./login";
import { Overview } from "./overview";
import { PlainUnit } from "./plain_unit";
import { Sidebar, unitsOf } from "./sidebar";
import { TopBar } from "./top_bar";

export function Shell() {
  const { session } = usePage();
  const entrance = useCell(session.entrance);
  switch (entrance.phase) {
    case "opening":
      return <p class="unseen">Opening…</p>;
    case "login":
      return <Login session={session} ended={entrance.ended} />;
    case "away":
      return <Away session={session} reason={entrance.reason} nextAttemptAt={entrance.nextAttemptAt} />;
    case "in":
      return <Console me={entrance.me} />;
  }
}

function Console({ me }: { me: Me }) {
  const { place, session } = usePage();
  const here = useCell(place);
  const isLinked = useCell(session.live.status).phase === "connected";
  useEffect(() => {
    const title = titleOf(here);
    document.title = title ? `${title} · lineside` : "lineside";
  }, [here]);
  return (
    <>
      <a class="skip" href="#content" onClick={(event) => skipTo(event)}>
        Skip to content
      </a>
      <TopBar me={me} />
      <Banners />
      <div class={`body ${isLinked ? "" : "not-linked"}`}>
        <Sidebar />
        <main id="content" tabIndex={-1}>
          <Content place={here} />
        </main>
      </div>
    </>
  );
}

function titleOf(place: Place): string {
  if (place.at === "unit") return place.unit;
  if (place.at === "gateway") return place.gateway;
  return place.at === "events" ? "Events" : "";
}

/** The address after `#` says where in the page somebody is, so this link must not change it. */
function skipTo(event: Event): void {
  event.preventDefault();
  document.getElementById("content")?.focus();
}

function Content({ place }: { place: Place }) {
  const { session } = usePage();
  const units = useCell(session.units);
  const gateways = useCell(session.gateways);
  const only = units?.size === 1 ? [...units.keys()][0] : undefined;
  const board = gateways?.length === 1 && kindOf(gateways[0]!.kind)?.Board ? gateways[0]!.name : undefined;
  switch (place.at) {
    case "home":
      if (units === null) return null;
      if (board) return <GatewayContent name={board} />;
      return only ? <UnitContent name={only} /> : <Overview />;
    case "overview":
      return <Overview />;
    case "events":
      return <EventsPage unit={place.unit} />;
    case "gateway":
      return <GatewayContent name={place.gateway} />;
    case "unit":
      return <UnitContent name={place.unit} />;
  }
}

/** The board of a gateway whose kind has one; the overview for every other. */
function GatewayContent({ name }: { name: string }) {
  const { session } = usePage();
  const gateways = useCell(session.gateways);
  const units = useCell(session.units);
  if (gateways === null || units === null) return <p class="empty-line">Listening…</p>;
  const gateway = gateways.find((one) => one.name === name);
  const Board = gateway && kindOf(gateway.kind)?.Board;
  return Board ? <Board key={name} gateway={name} units={unitsOf(gateway, units)} /> : <Overview />;
}

function UnitContent({ name }: { name: string }) {
  const { session } = usePage();
  const units = useCell(session.units);
  if (units === null) return <p class="empty-line">Listening…</p>;
  const unit = units.get(name);
  if (!unit) {
    return (
      <section class="panel empty" data-testid="no-unit">
        <strong>No unit {name}</strong>
        <p>It is not in the settings, or its gateway has not started. It appears here by itself when it does.</p>
      </section>
    );
  }
  const UnitPage = kindOf(unit.kind)?.Page ?? PlainUnit;
  return <UnitPage key={name} unit={unit} />;
}
