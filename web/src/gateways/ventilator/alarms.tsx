/** The latched alarms, oldest first, each with its acknowledgement. */

import { useEffect, useRef, useState } from "preact/hooks";

import { useCell } from "../../cell";
import { type Entry, isEnded } from "../../commands";
import { countText, durationText, momentText, timeText } from "../../format";
import { usePage } from "../../parts/context";
import { useTicking } from "../../parts/ticking";
import { type Alarm, alarmWords, worstPriority } from "./alarm_names";
import type { UnitFeed } from "./unit_feed";

export function Alarms({ feed }: { feed: UnitFeed }) {
  const { session } = usePage();
  const alarms = useCell(feed.alarms);
  const link = useCell(session.live.status);
  const entries = useCell(session.commands.entries).filter((e) => e.unit === feed.unit && e.name === "ACK_ALARM");
  useTicking(1000, Boolean(alarms?.length));

  const refusal = session.may("operator")
    ? link.phase === "connected"
      ? ""
      : "not connected to lineside"
    : "your role may look but not acknowledge";
  const worst = worstPriority(alarms ?? []);
  return (
    <section class={`panel alarms ${worst ? `alarms-${worst}` : ""}`} aria-labelledby="alarms-title" data-testid="alarms">
      <div class="panel-head">
        <h2 id="alarms-title">Alarms</h2>
        <span class="count" data-testid="alarm-count">
          {alarms ? alarms.length : "–"}
        </span>
        {link.phase !== "connected" && <span class="tag">not live</span>}
      </div>
      {alarms === null && <p class="empty-line">Not heard yet.</p>}
      {alarms?.length === 0 && <p class="empty-line">No alarm is latched.</p>}
      {alarms && alarms.length > 0 && (
        <ol class="alarm-list">
          {alarms.map((alarm) => (
            <AlarmRow
              key={alarm.name}
              alarm={alarm}
              now={session.api.clock.now()}
              entry={entryOf(alarm, entries)}
              refusal={refusal}
              onAcknowledge={() => void session.commands.ask(feed.unit, "ACK_ALARM", { alarm: alarm.name })}
            />
          ))}
        </ol>
      )}
      <LastAcknowledged entries={entries} />
      <Announcer alarms={alarms} />
    </section>
  );
}

/** The newest acknowledgement of this very latching; one of an earlier latching says nothing about it. */
export function entryOf(alarm: Alarm, entries: readonly Entry[]): Entry | undefined {
  const latest = entries.find((entry) => entry.params?.["alarm"] === alarm.name);
  return latest && latest.changedAt >= Date.parse(alarm.since) - 1000 ? latest : undefined;
}

interface RowProps {
  alarm: Alarm;
  now: number;
  entry: Entry | undefined;
  refusal: string;
  onAcknowledge(): void;
}

function AlarmRow({ alarm, now, entry, refusal, onAcknowledge }: RowProps) {
  const isPending = entry !== undefined && !isEnded(entry.stage);
  const trouble = entry && isEnded(entry.stage) && entry.stage !== "done" ? entry : undefined;
  return (
    <li class={`alarm alarm-${alarm.priority}`} data-testid={`alarm-${alarm.name}`}>
      <span class="alarm-mark" aria-hidden="true" />
      <div class="alarm-text">
        <strong>{alarmWords(alarm.name)}</strong>
        <span class="alarm-priority">{alarm.priority}</span>
        {!alarm.recorded && (
          <span class="tag tag-bad" title="The journal could not write this alarm yet; the machine is told nothing.">
            not recorded
          </span>
        )}
      </div>
      <button
        type="button"
        class="small"
        disabled={Boolean(refusal) || isPending}
        title={refusal}
        aria-label={`Acknowledge ${alarmWords(alarm.name)}`}
        data-testid={`acknowledge-${alarm.name}`}
        onClick={onAcknowledge}
      >
        {isPending ? `${entry.stage}…` : "Acknowledge"}
      </button>
      <p class="alarm-facts">
        <code>{alarm.name}</code> since {momentText(alarm.since, now)} ·{" "}
        {durationText((now - Date.parse(alarm.since)) / 1000)}
        {alarm.count > 1 && (
          <>
            {" "}
            · ×{countText(alarm.count)}, last {timeText(Date.parse(alarm.last))}
          </>
        )}
        {alarm.text && <span class="alarm-reason">{alarm.text}</span>}
        {trouble && (
          <span class="trouble" role="alert">
            not acknowledged: {trouble.trouble || trouble.report?.outcome?.text || trouble.stage}
          </span>
        )}
      </p>
    </li>
  );
}

function LastAcknowledged({ entries }: { entries: readonly Entry[] }) {
  const done = entries.find((entry) => entry.stage === "done" && entry.params);
  if (!done) return null;
  return (
    <p class="panel-foot" data-testid="last-acknowledged">
      {alarmWords(String(done.params?.["alarm"]))} acknowledged at {timeText(done.changedAt)}, on disk.
    </p>
  );
}

/** Tells a screen reader of alarms that have newly come; the list itself would be read again and again. */
function Announcer({ alarms }: { alarms: readonly Alarm[] | null }) {
  const known = useRef<Set<string> | null>(null);
  const [text, setText] = useState("");
  useEffect(() => {
    if (!alarms) return;
    const fresh = alarms.filter((alarm) => known.current !== null && !known.current.has(alarm.name));
    known.current = new Set(alarms.map((alarm) => alarm.name));
    if (fresh.length) setText(fresh.map((a) => `${a.priority} priority alarm: ${alarmWords(a.name)}`).join(". "));
  }, [alarms]);
  return (
    <span class="unseen" aria-live="assertive">
      {text}
    </span>
  );
}
