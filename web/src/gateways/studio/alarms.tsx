/** The alarms of a table, each with its acknowledgement, and the error signals of its devices. */

import { useEffect, useRef, useState } from "preact/hooks";

import { useCell } from "../../cell";
import { countText, momentText } from "../../format";
import { usePage } from "../../parts/context";
import { Age, Until } from "./age";
import { labelOf } from "./fields";
import { lastOrder, useRefusal } from "./orders";
import type { TableAlarm, TableSignal } from "./table";
import type { TableFeed } from "./table_feed";
import { signalText } from "./tone";
import { useIsLinked } from "./use_feed";

/** What an alarm is about to the reader: muted and recovered ones ask for nothing. */
export function standingOf(alarm: TableAlarm): "open" | "muted" | "recovered" {
  if (alarm.state === "recovered") return "recovered";
  return alarm.muted ? "muted" : "open";
}

const STANDINGS = ["open", "muted", "recovered"] as const;

/** Open ones first, then muted, then recovered; the oldest first within each. */
export function arrangedAlarms(alarms: readonly TableAlarm[]): TableAlarm[] {
  return [...alarms].sort(
    (one, other) =>
      STANDINGS.indexOf(standingOf(one)) - STANDINGS.indexOf(standingOf(other)) ||
      Date.parse(one.since) - Date.parse(other.since),
  );
}

export function TableAlarmsPanel({ feed }: { feed: TableFeed }) {
  const heard = useCell(feed.alarms);
  const isLinked = useIsLinked();
  const alarms = arrangedAlarms(heard?.alarms ?? []);
  const open = alarms.filter((alarm) => standingOf(alarm) === "open").length;
  const muted = alarms.filter((alarm) => standingOf(alarm) === "muted").length;
  return (
    <section class={`panel alarms ${open ? "alarms-high" : ""}`} aria-labelledby="alarms-title" data-testid="alarms">
      <div class="panel-head">
        <h2 id="alarms-title">Alarms</h2>
        <span class="count" data-testid="alarm-count">
          {heard ? open : "–"}
        </span>
        {muted > 0 && (
          <span class="tag tag-muted" data-testid="muted-count">
            {muted} muted by maintenance
          </span>
        )}
        {!isLinked && <span class="tag">not live</span>}
      </div>
      {heard === null && <p class="empty-line">Not heard yet.</p>}
      {heard && !alarms.length && <p class="empty-line">No alarm is open.</p>}
      {alarms.length > 0 && (
        <ol class="alarm-list">
          {alarms.map((alarm) => (
            <AlarmRow key={alarm.id} feed={feed} alarm={alarm} />
          ))}
        </ol>
      )}
      <Announcer alarms={heard?.alarms ?? null} />
    </section>
  );
}

function AlarmRow({ feed, alarm }: { feed: TableFeed; alarm: TableAlarm }) {
  const { session } = usePage();
  const refusal = useRefusal();
  const entries = useCell(session.commands.entries);
  const order = lastOrder(
    entries,
    feed.unit,
    (entry) => entry.name === "acknowledge_alarm" && entry.params?.["alarm"] === alarm.id,
  );
  const standing = standingOf(alarm);
  return (
    <li class={`alarm table-alarm-${standing}`} data-testid={`alarm-${alarm.id}`} data-standing={standing}>
      <span class="alarm-mark" aria-hidden="true" />
      <div class="alarm-text">
        <strong>{alarm.text || labelOf(alarm.field)}</strong>
        <span class="alarm-priority">{standing}</span>
      </div>
      {alarm.acknowledged_by ? (
        <span class="quiet alarm-seen">seen by {alarm.acknowledged_by}</span>
      ) : (
        <button
          type="button"
          class="small"
          disabled={Boolean(refusal) || order?.isOpen}
          title={refusal}
          aria-label={`Acknowledge ${alarm.text}`}
          data-testid={`acknowledge-${alarm.id}`}
          onClick={() => void session.commands.ask(feed.unit, "acknowledge_alarm", { alarm: alarm.id })}
        >
          {order?.isOpen ? `${order.entry.stage}…` : "Acknowledge"}
        </button>
      )}
      <p class="alarm-facts">
        {alarm.field && <>{labelOf(alarm.field)} · </>}
        since {momentText(alarm.since)}, <Age at={alarm.since} never="" />
        {alarm.count > 1 && ` · ×${countText(alarm.count)}`}
        {standing === "open" && !alarm.acknowledged_by && alarm.repeats_at && (
          <>
            {" "}
            · told again <Until to={alarm.repeats_at} passed="now" />
          </>
        )}
        {order?.trouble && (
          <span class="trouble" role="alert">
            not acknowledged: {order.trouble}
          </span>
        )}
      </p>
    </li>
  );
}

/** Tells a screen reader of alarms that have newly come; the list itself would be read again and again. */
function Announcer({ alarms }: { alarms: readonly TableAlarm[] | null }) {
  const known = useRef<Set<string> | null>(null);
  const [text, setText] = useState("");
  useEffect(() => {
    if (!alarms) return;
    const open = alarms.filter((alarm) => standingOf(alarm) === "open");
    const fresh = open.filter((alarm) => known.current !== null && !known.current.has(alarm.id));
    known.current = new Set(open.map((alarm) => alarm.id));
    if (fresh.length) setText(fresh.map((alarm) => `Alarm: ${alarm.text}`).join(". "));
  }, [alarms]);
  return (
    <span class="unseen" aria-live="assertive">
      {text}
    </span>
  );
}

export function Signals({ feed }: { feed: TableFeed }) {
  const signals = useCell(feed.alarms)?.signals ?? [];
  if (!signals.length) return null;
  return (
    <section class="panel table-signals" aria-labelledby="signals-title" data-testid="signals">
      <div class="panel-head">
        <h2 id="signals-title">Error signals</h2>
        <span class="count">{signals.length}</span>
      </div>
      <ul class="signals">
        {signals.map((signal) => (
          <SignalRow key={signal.id} signal={signal} />
        ))}
      </ul>
    </section>
  );
}

function SignalRow({ signal }: { signal: TableSignal }) {
  const { msg_id, title, type, code, content, count, suggestion } = signal;
  const description = signal.description || (title ? content : "");
  return (
    <li class={`signal ${type === "error" ? "signal-error" : ""}`} data-testid={`signal-${msg_id}`}>
      <p>
        <strong>{signalText(signal)}</strong>
        {type && <span class="signal-level">{type}</span>}
        {code && <code>{code}</code>}
      </p>
      {description && <p>{description}</p>}
      {suggestion && <p class="signal-advice">{suggestion}</p>}
      <p class="quiet">
        <code>{msg_id}</code> {signal.device && `from ${signal.device}, `}
        <Age at={signal.last || signal.since} never="" />
        {count > 1 && ` · ×${countText(count)}`}
      </p>
    </li>
  );
}
