/** The tail of the journal: newest first, each event with its data, and a mark where some are not shown. */

import { useEffect, useMemo, useState } from "preact/hooks";

import { useCell } from "../cell";
import { type EventFilter, EventTail, type Hole, isHole } from "../event_tail";
import { countText, momentText, plural } from "../format";
import { hashOf } from "../places";
import type { EventInfo } from "../protocol";
import { usePage } from "./context";

interface Props {
  filter: EventFilter;
  title: string;
}

/** A panel with the newest events that pass a fixed filter. */
export function EventsPanel({ filter, title }: Props) {
  return (
    <section class={`panel events ${filter.unit ? "events-of-unit" : ""}`} aria-label={title} data-testid="events">
      <div class="panel-head">
        <h2>{title}</h2>
        <span class="spring" />
        <a class="more" href={hashOf({ at: "events", ...(filter.unit ? { unit: filter.unit } : {}) })}>
          all events
        </a>
      </div>
      <EventList filter={filter} />
    </section>
  );
}

/** The whole page of events, with filters. */
export function EventsPage({ unit }: { unit?: string | undefined }) {
  const { session } = usePage();
  const gateways = useCell(session.gateways) ?? [];
  const units = [...(useCell(session.units)?.values() ?? [])];
  const [gateway, setGateway] = useState("");
  const [kind, setKind] = useState("");
  const [kinds, setKinds] = useState<readonly string[]>([]);
  const filter = useMemo(() => ({ gateway: unit ? "" : gateway, unit: unit ?? "", kind }), [gateway, unit, kind]);
  return (
    <section class="panel events events-page" aria-label="Events" data-testid="events-page">
      <div class="panel-head filters">
        <h1>Events</h1>
        <Choice
          label="Gateway"
          value={unit ? unit.split("/")[0]! : gateway}
          options={gateways.map((one) => one.name)}
          onChange={(value) => {
            setGateway(value);
            window.location.hash = hashOf({ at: "events" });
          }}
        />
        <Choice
          label="Unit"
          value={unit ?? ""}
          options={units.filter((one) => !gateway || one.gateway === gateway).map((one) => one.unit)}
          onChange={(value) => (window.location.hash = hashOf(value ? { at: "events", unit: value } : { at: "events" }))}
        />
        <Choice label="Kind" value={kind} options={kinds} onChange={setKind} />
      </div>
      <EventList filter={filter} onKinds={(found) => setKinds((known) => withNew(known, found))} isPage />
    </section>
  );
}

function withNew(known: readonly string[], found: readonly string[]): readonly string[] {
  const all = new Set([...known, ...found]);
  return all.size === known.length ? known : [...all].sort();
}

interface ChoiceProps {
  label: string;
  value: string;
  options: readonly string[];
  onChange(value: string): void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <label class="choice">
      <span>{label}</span>
      <select
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        data-testid={`filter-${label.toLowerCase()}`}
      >
        <option value="">all</option>
        {[...new Set(value ? [value, ...options] : options)].map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    </label>
  );
}

interface ListProps {
  filter: EventFilter;
  isPage?: boolean;
  onKinds?(kinds: readonly string[]): void;
}

function EventList({ filter, isPage = false, onKinds }: ListProps) {
  const { session } = usePage();
  const { gateway = "", unit = "", kind = "" } = filter;
  const tail = useMemo(() => {
    const wanted = { ...(gateway && { gateway }), ...(unit && { unit }), ...(kind && { kind }) };
    return new EventTail(session.api, session.live, wanted);
  }, [session, gateway, unit, kind]);
  useEffect(() => {
    tail.start();
    return () => tail.stop();
  }, [tail]);
  const { rows, loading, trouble, hasOlder } = useCell(tail.state);
  const [openSeq, setOpenSeq] = useState<number | null>(null);
  useEffect(() => {
    onKinds?.([...new Set(rows.flatMap((row) => (isHole(row) ? [] : [row.kind])))]);
  }, [rows]);

  return (
    <div class={`event-scroll ${isPage ? "" : "event-short"}`} tabIndex={0} role="region" aria-label="Events, newest first">
      {trouble && (
        <p class="trouble" role="alert" data-testid="events-trouble">
          The journal could not be read: {trouble}{" "}
          <button type="button" class="small" onClick={() => void tail.load()}>
            Try again
          </button>
        </p>
      )}
      <ol class="event-list" data-testid="event-list">
        {rows.map((row) =>
          isHole(row) ? (
            <HoleRow key={`hole-${row.after}`} hole={row} onFill={() => void tail.fill(row)} />
          ) : (
            <EventRow
              key={row.seq}
              event={row}
              isOpen={openSeq === row.seq}
              onToggle={() => setOpenSeq(openSeq === row.seq ? null : row.seq)}
            />
          ),
        )}
      </ol>
      {!rows.length && !trouble && <p class="empty-line">{loading ? "Reading the journal…" : "No event yet."}</p>}
      {hasOlder && (
        <button type="button" class="small older" disabled={loading} onClick={() => void tail.loadOlder()}>
          {loading ? "Reading…" : "Older events"}
        </button>
      )}
    </div>
  );
}

function HoleRow({ hole, onFill }: { hole: Hole; onFill(): void }) {
  const count = hole.before - hole.after - 1;
  return (
    <li class="event-hole" data-testid="event-gap">
      <span>up to {plural(count, "event")} not shown here</span>
      <button type="button" class="small" onClick={onFill}>
        Read them
      </button>
    </li>
  );
}

interface EventRowProps {
  event: EventInfo;
  isOpen: boolean;
  onToggle(): void;
}

function EventRow({ event, isOpen, onToggle }: EventRowProps) {
  return (
    <li class={`event ${isOpen ? "event-open" : ""}`} data-seq={event.seq} data-kind={event.kind}>
      <button type="button" class="event-line" aria-expanded={isOpen} onClick={onToggle}>
        <time dateTime={event.at}>{momentText(event.at, Date.now(), true)}</time>
        <span class="event-stream">{event.stream}</span>
        <span class={`event-kind ${toneOfKind(event.kind)}`}>{event.kind}</span>
        <span class="event-brief">{briefOf(event)}</span>
        <span class="event-seq">{countText(event.seq)}</span>
      </button>
      {isOpen && (
        <div class="event-data" data-testid="event-data">
          <p class="quiet">
            event {event.seq} · version {event.version} of {event.stream}
          </p>
          <pre>{JSON.stringify(event.data, null, 2)}</pre>
        </div>
      )}
    </li>
  );
}

function toneOfKind(kind: string): string {
  if (/^Alarm(Latched|Raised)/.test(kind) || /(Lost|Failed|Damaged|Refused)$/.test(kind)) return "kind-warn";
  return /^Command/.test(kind) ? "kind-command" : "";
}

/** The data of an event in one line: plain values and one level of what is inside; its id where it has nothing else. */
export function briefOf(event: Pick<EventInfo, "stream" | "data">): string {
  const id = event.data["id"];
  return brief(event.data, event.stream, 0) || (typeof id === "string" ? `…${id.slice(-6)}` : "");
}

// Said by the row already, or of use to programs only.
const UNSAID = new Set(["id", "expires_at", "waits"]);

function brief(data: Record<string, unknown>, stream: string, depth: number): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(data)) {
    if (value === null || value === "" || value === stream || UNSAID.has(key)) continue;
    if (typeof value !== "object") parts.push(typeof value === "string" ? value : `${key} ${String(value)}`);
    else if (!Array.isArray(value) && depth < 2) parts.push(brief(value as Record<string, unknown>, stream, depth + 1));
  }
  return parts.filter(Boolean).join(" · ");
}
