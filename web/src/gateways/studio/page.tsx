/** The page of one table. */

import { useEffect, useMemo } from "preact/hooks";

import { useCell } from "../../cell";
import { countText, momentText, plural } from "../../format";
import { usePage } from "../../parts/context";
import { EventsPanel } from "../../parts/events";
import { hashOf } from "../../places";
import type { Unit } from "../../session";
import { Age, Until } from "./age";
import { Signals, TableAlarmsPanel } from "./alarms";
import { Availability } from "./availability";
import { changeMark } from "./change_mark";
import { History } from "./history";
import { HistoryStore } from "./history_store";
import { MaintenanceSwitch } from "./maintenance";
import { ToneChip } from "./marks";
import { PresencePanel } from "./presence";
import { maintenanceReason, readHistory } from "./routes";
import { CustomFields, Snapshot } from "./snapshot";
import type { TableState } from "./table";
import type { TableFeed } from "./table_feed";
import { Timeline } from "./timeline";
import { toneOf, whyOf } from "./tone";
import { useIsLinked, useTableFeed } from "./use_feed";

export function TablePage({ unit }: { unit: Unit }) {
  const feed = useTableFeed(unit.unit);
  const history = useHistory(feed);
  return (
    <article class="unit-page table-page" data-testid="unit-page">
      <Head unit={unit} feed={feed} history={history} />
      <div class="unit-grid">
        <div class="unit-main">
          <Timeline feed={feed} history={history} />
          <Availability feed={feed} />
          <History feed={feed} history={history} />
          <EventsPanel filter={{ unit: unit.unit }} title="Events of this table" />
        </div>
        <div class="unit-side">
          <TableAlarmsPanel feed={feed} />
          <Signals feed={feed} />
          <PresencePanel feed={feed} />
          <Snapshot feed={feed} />
          <CustomFields feed={feed} />
        </div>
      </div>
    </article>
  );
}

/** The recorded changes; read again whenever the table or its reporters change. */
function useHistory(feed: TableFeed): HistoryStore {
  const { session } = usePage();
  const history = useMemo(
    () => new HistoryStore((before, rows) => readHistory(session.api, feed.unit, before, rows)),
    [session, feed],
  );
  useEffect(() => {
    void history.refresh();
    let mark = "";
    const look = (): void => {
      const found = changeMark(feed.state.value, feed.presence.value);
      if (found !== mark && mark) history.refreshSoon();
      mark = found;
    };
    const onLink = (link: { phase: string }): void => {
      if (link.phase === "connected") history.refreshSoon();
    };
    const ends = [feed.state.watch(look), feed.presence.watch(look), session.live.status.watch(onLink)];
    return () => {
      for (const end of ends) end();
      history.end();
    };
  }, [history, feed, session]);
  return history;
}

function Head({ unit, feed, history }: { unit: Unit; feed: TableFeed; history: HistoryStore }) {
  const status = useCell(feed.status);
  const state = useCell(feed.state);
  const presence = useCell(feed.presence);
  const alarms = useCell(feed.alarms);
  const isLinked = useIsLinked();
  const tone = toneOf(status, state);
  return (
    <header class={`unit-head ${isLinked ? "" : "not-live"}`}>
      <div class="unit-title">
        <h1>{feed.name}</h1>
        {isLinked ? <ToneChip tone={tone} testId="unit-tone" /> : <span class="tag">not live</span>}
        <p class="unit-reason" data-testid="unit-reason">
          {whyOf(tone, { status, state, presence, alarms }) || unit.reason}
        </p>
        <p class="unit-facts">
          <a class="more" href={hashOf({ at: "gateway", gateway: unit.gateway })}>
            all tables of {unit.gateway}
          </a>
          {state && (
            <span data-testid="table-age">
              <Age at={state.uptime_updates > 0 ? state.timestamp : null} never="never updated" before="updated " />
            </span>
          )}
          {state && <span>{plural(state.uptime_updates, "update")}</span>}
          {unit.simulated && <span>simulated</span>}
        </p>
      </div>
      <div class="table-controls">
        <MaintenanceSwitch feed={feed} maintenance={state?.maintenance ?? null} alarmsOpen={status?.alarms_open ?? 0} />
        {state?.maintenance.on && <MaintenanceFacts state={state} history={history} muted={status?.alarms_open ?? 0} />}
      </div>
    </header>
  );
}

interface FactsProps {
  state: TableState;
  history: HistoryStore;
  muted: number;
}

function MaintenanceFacts({ state, history, muted }: FactsProps) {
  const { since, until, by } = state.maintenance;
  const rows = useCell(history.state).rows;
  const reason = state.maintenance.reason || maintenanceReason(rows);
  return (
    <p class="maintenance-facts" data-testid="maintenance-facts">
      {since && `since ${momentText(since)}`}
      {by && ` by ${by}`}
      {reason && `: ${reason}`}
      <br />
      {until ? (
        <>
          ends at {momentText(until)}, <Until to={until} passed="now" />
        </>
      ) : (
        "until somebody ends it"
      )}
      {muted > 0 && `; ${countText(muted)} muted`}
    </p>
  );
}
