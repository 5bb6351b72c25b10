/** The services and devices of a table: what each is now, and a strip of what it was. */

import { useEffect, useRef, useState } from "preact/hooks";

import { useCell } from "../../cell";
import { durationText, momentText, timeText } from "../../format";
import { usePage } from "../../parts/context";
import { palette } from "../../parts/palette";
import { Segments } from "../../parts/segments";
import { stored } from "../../parts/stored";
import { fieldClass } from "./field_cell";
import { fieldText, labelOf, lookOf, valueText } from "./fields";
import { type HistoryStore, needsOlder, reachOf } from "./history_store";
import { ValueMark } from "./marks";
import { onSpans, sharesText, silences, type Span, spanAt, spansOf, type SpanWindow } from "./spans";
import { SetByHand } from "./status_dialog";
import { paintStrip } from "./strip_painter";
import type { GoneReporter, Maintenance, TableField } from "./table";
import type { TableFeed } from "./table_feed";
import { ticksOf, windowOf } from "./time_axis";
import { useIsLinked, useSeconds } from "./use_feed";

const HOUR_MS = 3_600_000;

const WINDOWS: readonly (readonly [value: string, text: string])[] = [
  ["1", "1 h"],
  ["6", "6 h"],
  ["24", "24 h"],
];

const hours = stored<string>("studio.hours", "1");

export function Timeline({ feed, history }: { feed: TableFeed; history: HistoryStore }) {
  const { session } = usePage();
  const state = useCell(feed.state);
  const presence = useCell(feed.presence);
  const past = useCell(history.state);
  const chosen = useCell(hours);
  const isLinked = useIsLinked();
  const [pointShare, setPointShare] = useState<number | null>(null);
  useSeconds();
  const sizeMs = Number(chosen) * HOUR_MS;
  const madeAt = state?.made_at ? Date.parse(state.made_at) : -Infinity;
  const window = windowOf(session.api.clock.now(), sizeMs, madeAt);
  const isShortOfRows = needsOlder(past, window.from);
  useEffect(() => {
    if (isShortOfRows) void history.reach(window.from);
  }, [history, isShortOfRows, chosen]);
  if (!state) return <Waiting />;

  const reachAt = Math.max(reachOf(past), madeAt);
  const pointAt = pointShare === null ? null : window.from + pointShare * (window.to - window.from);
  const works = onSpans(spansOf("MAINTENANCE", presentMaintenance(state.maintenance), past.rows, reachAt, window));
  return (
    <section
      class={`panel timeline ${isLinked ? "" : "not-live"}`}
      aria-labelledby="timeline-title"
      data-testid="timeline"
    >
      <div class="toolbar">
        <h2 id="timeline-title">Services and devices</h2>
        <Segments label="Time shown" value={chosen} options={WINDOWS} onChange={(value) => (hours.value = value)} />
        <span class="spring" />
        <Legend />
        <SetByHand feed={feed} fields={state.fields} />
      </div>
      {past.trouble && (
        <p class="trouble timeline-trouble" role="alert">
          The history could not be read: {past.trouble}{" "}
          <button type="button" class="small" onClick={() => void history.refresh()}>
            Try again
          </button>
        </p>
      )}
      <div class="strips">
        {state.fields.map((field) => (
          <FieldRow
            key={field.key}
            field={field}
            spans={spansOf(field.key, presentOf(field), past.rows, reachAt, window)}
            maintenance={works}
            silences={silences(field.by, past.rows, goneSince(field, presence?.gone ?? []), window)}
            window={window}
            pointAt={pointAt}
            isLinked={isLinked}
            onPoint={setPointShare}
          />
        ))}
        <Axis window={window} pointAt={pointAt} isComplete={reachOf(past) <= window.from} isLoading={past.isLoading} />
      </div>
    </section>
  );
}

function Waiting() {
  return (
    <section class="panel timeline" aria-label="Services and devices">
      <p class="empty-line timeline-empty">Nothing was heard of this table yet.</p>
    </section>
  );
}

function presentOf(field: TableField) {
  const { value, by, changed_at } = field;
  return { value, changedAt: changed_at === null ? null : Date.parse(changed_at), by };
}

function presentMaintenance(maintenance: Maintenance) {
  return {
    value: String(maintenance.on),
    changedAt: maintenance.on && maintenance.since ? Date.parse(maintenance.since) : null,
    by: maintenance.by,
  };
}

/** Since when who reported a field is away; null while somebody is there or the field is fresh. */
function goneSince(field: TableField, gone: readonly GoneReporter[]): number | null {
  const found = gone.find((one) => one.device === field.by);
  return found && field.changed_at !== null ? Date.parse(found.since) : null;
}

function Legend() {
  return (
    <ul class="strip-legend" aria-hidden="true">
      <li class="legend-maintenance">maintenance</li>
      <li class="legend-silent">nobody reported</li>
    </ul>
  );
}

interface RowProps {
  field: TableField;
  spans: readonly Span[];
  maintenance: readonly SpanWindow[];
  silences: readonly SpanWindow[];
  window: SpanWindow;
  pointAt: number | null;
  isLinked: boolean;
  onPoint(share: number | null): void;
}

function FieldRow(props: RowProps) {
  const { field, spans, pointAt, window } = props;
  const span = pointAt === null ? undefined : spanAt(spans, pointAt);
  return (
    <div class={`strip-row ${fieldClass(field)}`} data-testid={`field-${field.key}`} data-value={field.value}>
      <div class="strip-head" title={fieldText(field)}>
        <span class="strip-name">
          {labelOf(field.key)}
          {field.ignored && <span class="tag">ignored</span>}
          {field.stale && <span class="tag tag-stale">stale</span>}
        </span>
        <span class="strip-value">
          <ValueMark look={lookOf(field.base)} />
          <strong>{valueText(field.value)}</strong>
        </span>
        <span class="strip-since">{sinceText(field, window.to)}</span>
      </div>
      <Strip {...props} />
      {span && <PointNote {...props} span={span} at={pointAt!} />}
    </div>
  );
}

function sinceText(field: TableField, now: number): string {
  if (field.changed_at === null) return "never reported";
  const length = durationText(Math.max(0, (now - Date.parse(field.changed_at)) / 1000));
  return `for ${length}${field.by ? `, by ${field.by}` : ""}`;
}

function Strip({ field, spans, maintenance, silences: quiet, window, pointAt, onPoint }: RowProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const colours = useCell(palette());
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver((entries) => setWidth(entries[0]!.contentRect.width));
    observer.observe(canvas.current!);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const strip = { spans, maintenance, silences: quiet, isIgnored: field.ignored, pointAt };
    paintStrip(canvas.current!, strip, window, colours);
  }, [spans, maintenance, quiet, window.to, window.from, pointAt, colours, width, field.ignored]);
  return (
    <canvas
      class="strip"
      ref={canvas}
      role="img"
      aria-label={`${labelOf(field.key)} over the time shown: ${sharesText(spans)}`}
      data-testid={`strip-${field.key}`}
      onPointerMove={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        onPoint(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
      }}
      onPointerLeave={() => onPoint(null)}
    />
  );
}

interface NoteProps {
  span: Span;
  at: number;
  window: SpanWindow;
  maintenance: readonly SpanWindow[];
  silences: readonly SpanWindow[];
}

const holds = (at: number) => (one: SpanWindow) => one.from <= at && at < one.to;

/** What stands at the time that the reader points at, beside the pointer's line. */
function PointNote({ span, at, window, maintenance, silences: quiet }: NoteProps) {
  const share = (at - window.from) / (window.to - window.from);
  const extras = [
    ...(maintenance.some(holds(at)) ? ["maintenance"] : []),
    ...(quiet.some(holds(at)) ? ["nobody reported"] : []),
  ];
  const length = durationText((span.to - span.from) / 1000);
  const isCut = span.from <= window.from;
  return (
    <p class={`point-note ${share > 0.5 ? "point-note-left" : ""}`} style={{ "--place": String(share) }}>
      <strong>{span.value === null ? "not known" : valueText(span.value)}</strong>
      {span.value !== null && (
        <span>
          {isCut ? "since before" : `from ${timeText(span.from)}`}, {isCut ? "over " : ""}
          {length}
        </span>
      )}
      {span.by && <span>by {span.by}</span>}
      {extras.length > 0 && <span>{extras.join(", ")}</span>}
    </p>
  );
}

interface AxisProps {
  window: SpanWindow;
  pointAt: number | null;
  isComplete: boolean;
  isLoading: boolean;
}

function Axis({ window, pointAt, isComplete, isLoading }: AxisProps) {
  const axis = useRef<HTMLDivElement>(null);
  const ticks = ticksOf(window.from, window.to, axis.current?.clientWidth ?? 600);
  return (
    <div class="strip-row strip-axis-row">
      <span class="strip-axis-text">
        {pointAt !== null
          ? momentText(pointAt, window.to)
          : isComplete
            ? ""
            : isLoading
              ? "reading older changes…"
              : "older changes are not drawn"}
      </span>
      <div class="strip-axis" ref={axis} aria-hidden="true">
        {ticks.map((tick) => (
          <span key={tick.at} style={{ "--place": String(tick.place) }}>
            {tick.text}
          </span>
        ))}
      </div>
    </div>
  );
}
