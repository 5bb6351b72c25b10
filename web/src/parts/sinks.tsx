/** Deliveries: the sinks that carry events out, how far behind they are, and what waits for a person. */

import { useEffect, useRef, useState } from "preact/hooks";

import { useCell } from "../cell";
import { countText, momentText, plural } from "../format";
import { hashOf } from "../places";
import type { EventInfo, ParkedEvent, SinkInfo } from "../protocol";
import { Confirm } from "./confirm";
import { usePage } from "./context";
import { Countdown } from "./countdown";
import { briefOf } from "./events";
import { Lamp } from "./lamp";
import { behindText, maySeeSinks, paceText, parkedText, reasonText, sizeText, toneOfSink, troubleOf } from "./sink_words";

/** The sinks that the reader may see; none when there are none. */
function useSinks(): readonly SinkInfo[] {
  const { session } = usePage();
  const entrance = useCell(session.entrance);
  const sinks = useCell(session.sinks);
  return sinks && entrance.phase === "in" && maySeeSinks(entrance.me) ? sinks : [];
}

/** The lamp of the top bar: there while a sink is in trouble. */
export function SinksChip() {
  const { session } = usePage();
  const trouble = troubleOf(useSinks());
  const isLinked = useCell(session.live.status).phase === "connected";
  if (!trouble) return null;
  const { tone, state } = isLinked ? trouble : { tone: "idle" as const, state: "unheard" };
  return (
    <a
      class={`chip chip-${tone} sinks-chip`}
      href={hashOf({ at: "overview", part: "deliveries" })}
      data-testid="sinks-lamp"
      data-state={state}
      title={isLinked ? trouble.title : "Not connected: their state is not known now."}
    >
      <Lamp tone={tone} />
      deliveries
      {isLinked && <span class="sinks-chip-state">{state}</span>}
      {isLinked && <span class="chip-more">{trouble.who}</span>}
    </a>
  );
}

/** What somebody is about to do. */
type Question = { to: "skip"; sink: string; event: ParkedEvent } | { to: "forget"; sink: string };

// The browser itself scrolls to the element of this id when the lamp is pressed a second time.
const ID = hashOf({ at: "overview", part: "deliveries" }).slice(1);

export function SinksPanel() {
  const { place } = usePage();
  const here = useCell(place);
  const sinks = useSinks();
  const panel = useRef<HTMLElement>(null);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [question, setQuestion] = useState<Question | null>(null);
  const isAimedAt = here.at === "overview" && here.part === "deliveries" && sinks.length > 0;
  useEffect(() => {
    if (isAimedAt) panel.current?.scrollIntoView();
  }, [isAimedAt]);
  if (!sinks.length) return null;
  return (
    <section class="panel sinks" id={ID} ref={panel} aria-label="Deliveries" data-testid="sinks">
      <div class="panel-head">
        <h2>Deliveries</h2>
        <span class="quiet">events carried out of the journal</span>
      </div>
      <ul class="sink-list">
        {sinks.map((sink) => (
          <SinkEntry
            key={sink.name}
            sink={sink}
            isOpen={open.has(sink.name)}
            onToggle={() => setOpen(toggled(open, sink.name))}
            onAsk={setQuestion}
          />
        ))}
      </ul>
      {question?.to === "skip" && <GiveUp question={question} onEnd={() => setQuestion(null)} />}
      {question?.to === "forget" && <Forget sink={question.sink} onEnd={() => setQuestion(null)} />}
    </section>
  );
}

function toggled(names: ReadonlySet<string>, name: string): ReadonlySet<string> {
  const changed = new Set(names);
  if (!changed.delete(name)) changed.add(name);
  return changed;
}

interface EntryProps {
  sink: SinkInfo;
  isOpen: boolean;
  onToggle(): void;
  onAsk(question: Question): void;
}

function SinkEntry({ sink, isOpen, onToggle, onAsk }: EntryProps) {
  const tone = toneOfSink(sink.state);
  const detail = `sink-detail-${sink.name}`;
  return (
    <li class={`sink ${isOpen ? "sink-open" : ""}`} data-testid={`sink-${sink.name}`} data-state={sink.state}>
      <button type="button" class="sink-line" aria-expanded={isOpen} aria-controls={detail} onClick={onToggle}>
        <span class="sink-name">
          <strong>{sink.name}</strong>
          {sink.rows && <span class="quiet">{sink.rows}</span>}
        </span>
        <span class={`chip chip-${tone}`}>
          <Lamp tone={tone} />
          {sink.state}
        </span>
        <span class="sink-behind">
          <span data-testid="behind">{behindText(sink)}</span> <span class="quiet">{paceText(sink)}</span>
        </span>
        <span class="sink-oldest">
          {sink.oldest_at && (
            <>
              oldest <time dateTime={sink.oldest_at}>{momentText(sink.oldest_at)}</time>
            </>
          )}
        </span>
        <span class="sink-parked" data-testid="parked-count">
          {parkedText(sink)}
        </span>
      </button>
      <SinkReason sink={sink} />
      {isOpen && (
        <div class="sink-detail" id={detail}>
          <Detail sink={sink} onAsk={onAsk} />
        </div>
      )}
    </li>
  );
}

/** Why it is in its state, and when that is tried to change. */
function SinkReason({ sink }: { sink: SinkInfo }) {
  const reason = reasonText(sink);
  if (!reason && !sink.next_attempt) return null;
  return (
    <div class="sink-reason">
      <p>{reason}</p>
      {sink.next_attempt && <Countdown to={sink.next_attempt} before="next attempt in" />}
    </div>
  );
}

function Detail({ sink, onAsk }: { sink: SinkInfo; onAsk(question: Question): void }) {
  const isLinked = useIsLinked();
  if (sink.state === "orphaned") {
    return (
      <div class="sink-orphan">
        <p>
          The settings name no sink <strong>{sink.name}</strong> any more. Its place is kept, and so is every event that it
          has not carried out. Put it back into the settings and it goes on from there; forget it if it is not coming back.
        </p>
        <button
          type="button"
          class="small"
          disabled={!isLinked}
          onClick={() => onAsk({ to: "forget", sink: sink.name })}
          data-testid="forget"
        >
          Forget…
        </button>
      </div>
    );
  }
  return (
    <>
      <p class="sink-facts">
        <span>{plural(sink.delivered, "event")} delivered since the start</span>
        {sink.behind_bytes !== null && sink.behind_events > 0 && <span>{sizeText(sink.behind_bytes)} behind</span>}
        {sink.parked === 0 && <span>no event is parked</span>}
      </p>
      <ParkedList sink={sink} onAsk={onAsk} />
    </>
  );
}

function useIsLinked(): boolean {
  const { session } = usePage();
  return useCell(session.live.status).phase === "connected";
}

// Nobody decides on more of them one by one; others take the place of those that went.
const PARKED_SHOWN_MAX = 50;

function ParkedList({ sink, onAsk }: { sink: SinkInfo; onAsk(question: Question): void }) {
  // When the event was parked that somebody had tried again: a later instant means that it was refused once more.
  const [retried, setRetried] = useState<ReadonlyMap<number, string>>(new Map());
  const more = sink.parked - Math.min(sink.parked_events.length, PARKED_SHOWN_MAX);
  return (
    <>
      <ul class="parked-list">
        {sink.parked_events.slice(0, PARKED_SHOWN_MAX).map((event) => (
          <ParkedRow
            key={event.seq}
            sink={sink.name}
            event={event}
            retriedAt={retried.get(event.seq)}
            onRetried={() => setRetried(new Map(retried).set(event.seq, event.at))}
            onSkip={() => onAsk({ to: "skip", sink: sink.name, event })}
          />
        ))}
      </ul>
      {more > 0 && (
        <p class="quiet">
          and {countText(more)} more; <code>lineside sinks list</code> tells them all
        </p>
      )}
    </>
  );
}

interface ParkedProps {
  sink: string;
  event: ParkedEvent;
  retriedAt: string | undefined;
  onRetried(): void;
  onSkip(): void;
}

function ParkedRow({ sink, event, retriedAt, onRetried, onSkip }: ParkedProps) {
  const { session } = usePage();
  const isLinked = useIsLinked();
  const { isBusy, trouble, run } = useAsking();
  const units = useCell(session.units);
  const isTrying = retriedAt === event.at;
  const retry = (): Promise<void> =>
    run(() => session.api.write(`${pathOf(sink)}/retry`, { seq: event.seq }), onRetried);
  return (
    <li class="parked" data-testid={`parked-${event.seq}`}>
      <p class="parked-what">
        <strong>event {countText(event.seq)}</strong>
        <span>
          of {units?.has(event.lane) ? <a href={hashOf({ at: "unit", unit: event.lane })}>{event.lane}</a> : event.lane}
        </span>
      </p>
      <p class="parked-error">{event.error}</p>
      <p class="parked-facts">
        {event.tries === 1 ? "1 try" : `${countText(event.tries)} tries`} · parked{" "}
        <time dateTime={event.at}>{momentText(event.at)}</time> · later events of {event.lane} wait behind it
        {retriedAt !== undefined && (
          <strong role="status" data-testid="retried">
            {isTrying ? "Being tried again…" : "Tried again, and refused again"}
          </strong>
        )}
      </p>
      <div class="parked-buttons">
        <button
          type="button"
          class="small"
          disabled={!isLinked || isBusy || isTrying}
          onClick={() => void retry()}
          data-testid="retry"
        >
          Try again
        </button>
        <button type="button" class="small" disabled={!isLinked || isBusy} onClick={onSkip} data-testid="skip">
          Give up…
        </button>
      </div>
      {trouble && (
        <p class="trouble" role="alert" data-testid="retry-trouble">
          {trouble}
        </p>
      )}
    </li>
  );
}

function GiveUp({ question, onEnd }: { question: Question & { to: "skip" }; onEnd(): void }) {
  const { session } = usePage();
  const { isBusy, trouble, run } = useAsking();
  const { sink, event } = question;
  return (
    <Confirm
      title={`Give event ${countText(event.seq)} up?`}
      text={
        `${sink} will never get it: it counts as done, and the events of ${event.lane} behind it go on. ` +
        "The journal keeps the event itself. This cannot be taken back."
      }
      action="Give it up"
      cancel="Keep it parked"
      reason="needed"
      isBusy={isBusy}
      trouble={trouble}
      onCancel={onEnd}
      onConfirm={(reason) =>
        void run(() => session.api.write(`${pathOf(sink)}/skip`, { seq: event.seq, reason }), onEnd)
      }
    >
      <RecordedEvent seq={event.seq} />
    </Confirm>
  );
}

/** What is about to be given up, read from the journal. */
function RecordedEvent({ seq }: { seq: number }) {
  const { session } = usePage();
  const [event, setEvent] = useState<EventInfo | null>(null);
  useEffect(() => {
    // Without it the number still says which one; a failure here must not be in the way of the decision.
    const read = session.api.events({ after: seq - 1, limit: 1 });
    read.then((page) => setEvent(page.events.find((one) => one.seq === seq) ?? null)).catch(() => undefined);
  }, [seq]);
  return (
    <p class="parked-recorded" data-testid="recorded">
      {event ? (
        <>
          <strong>{event.kind}</strong> <time dateTime={event.at}>{momentText(event.at)}</time>
          <span>{briefOf(event)}</span>
        </>
      ) : (
        <span>event {countText(seq)}</span>
      )}
    </p>
  );
}

function Forget({ sink, onEnd }: { sink: string; onEnd(): void }) {
  const { session } = usePage();
  const { isBusy, trouble, run } = useAsking();
  return (
    <Confirm
      title={`Forget ${sink}?`}
      text={
        "Its place in the journal is dropped, and events that it has not carried out are no longer kept for it: " +
        "they go when their time is over. A sink of this name that comes later begins with the oldest event still there."
      }
      action="Forget it"
      cancel="Keep it"
      reason="none"
      isBusy={isBusy}
      trouble={trouble}
      onCancel={onEnd}
      onConfirm={() => void run(() => session.api.remove(pathOf(sink)), onEnd)}
    />
  );
}

function pathOf(sink: string): string {
  return `/api/sinks/${encodeURIComponent(sink)}`;
}

/** One request at a time, and what the server says against it. */
function useAsking(): { isBusy: boolean; trouble: string; run(ask: () => Promise<unknown>, done: () => void): Promise<void> } {
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState("");
  const run = async (ask: () => Promise<unknown>, done: () => void): Promise<void> => {
    setBusy(true);
    setTrouble("");
    try {
      await ask();
      done();
    } catch (error) {
      setTrouble((error as Error).message);
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, trouble, run };
}
