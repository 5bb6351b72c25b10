/** What happened, in words: of a board, or of one of its cells. */

import { useEffect, useMemo } from "preact/hooks";

import { useCell } from "../../cell";
import { momentText } from "../../format";
import { usePage } from "../../parts/context";
import { hashOf } from "../../places";
import { idOf } from "./board";
import { HistoryTail } from "./history_tail";
import { cellOf, toldOf } from "./history_words";
import { boardHistory, hallHistory, type HistoryEvent, type HistorySource, historyTablePath } from "./routes";

/** The history of a whole board, as a panel of its page. */
export function BoardHistory({ unit, onCell }: { unit: string; onCell(cell: number): void }) {
  const { session } = usePage();
  const source = useMemo(() => boardHistory(session.api, unit, undefined), [session, unit]);
  return (
    <section class="panel board-history" aria-labelledby="history-title" data-testid="board-history">
      <div class="panel-head">
        <h2 id="history-title">History of the board</h2>
        <span class="spring" />
        <a class="more" href={historyTablePath(unit)} download="">
          as CSV
        </a>
        <a class="more" href={hashOf({ at: "events", unit })}>
          all events
        </a>
      </div>
      <History source={source} label="History of the board" testId="history" onCell={onCell} />
    </section>
  );
}

/** The history of one cell, inside its panel. */
export function CellHistory({ unit, cell }: { unit: string; cell: number }) {
  const { session } = usePage();
  const source = useMemo(() => boardHistory(session.api, unit, cell), [session, unit, cell]);
  return <History source={source} label={`History of cell ${cell}`} testId="cell-history" />;
}

/** What happened last in a hall, without the reports that only say that a board lives. */
export function HallHistory({ gateway }: { gateway: string }) {
  const { session } = usePage();
  const source = useMemo(() => hallHistory(session.api, gateway), [session, gateway]);
  return (
    <section class="panel board-history" aria-labelledby="history-title" data-testid="hall-history">
      <div class="panel-head">
        <h2 id="history-title">What happened in {gateway}</h2>
        <span class="spring" />
        <a class="more" href={hashOf({ at: "events" })}>
          all events
        </a>
      </div>
      <History source={source} label={`History of ${gateway}`} testId="history" />
    </section>
  );
}

interface Props {
  source: HistorySource;
  label: string;
  testId: string;
  /** Called with the cell of a line that was chosen; without it cells are words. */
  onCell?(cell: number): void;
}

function History({ source, label, testId, onCell }: Props) {
  const { session } = usePage();
  const tail = useMemo(() => new HistoryTail(source, session.live), [session, source]);
  useEffect(() => {
    tail.start();
    return () => tail.stop();
  }, [tail]);
  const { events, isLoading, trouble, next } = useCell(tail.state);
  return (
    <div
      class="history"
      tabIndex={0}
      role="region"
      aria-label={`${label}, newest first`}
      data-testid={testId}
    >
      {trouble && (
        <p class="trouble" role="alert">
          The history could not be read: {trouble}{" "}
          <button type="button" class="small" onClick={() => void tail.load()}>
            Try again
          </button>
        </p>
      )}
      <ol>
        {events.map((event) => (
          <Line key={event.seq} event={event} isOfCell={testId === "cell-history"} onCell={onCell} />
        ))}
      </ol>
      {!events.length && !trouble && (
        <p class="empty-line">{isLoading ? "Reading the journal…" : "Nothing has happened here yet."}</p>
      )}
      {next !== null && (
        <button
          type="button"
          class="small older"
          disabled={isLoading}
          onClick={() => void tail.loadOlder()}
          data-testid="older"
        >
          {isLoading ? "Reading…" : "Older"}
        </button>
      )}
    </div>
  );
}

interface LineProps {
  event: HistoryEvent;
  isOfCell: boolean;
  onCell: ((cell: number) => void) | undefined;
}

function Line({ event, isOfCell, onCell }: LineProps) {
  const told = toldOf(event);
  const cell = isOfCell ? null : cellOf(event);
  return (
    <li class={`told ${told.tone && `told-${told.tone}`}`} data-seq={event.seq} data-kind={event.kind}>
      <time dateTime={event.at}>{momentText(event.at)}</time>
      <span class="told-text">
        {event.stream && !onCell && !isOfCell && (
          <a class="told-board" href={hashOf({ at: "unit", unit: event.stream })}>
            {idOf(event.stream)}
          </a>
        )}{" "}
        {cell !== null &&
          (onCell ? (
            <button type="button" class="bare" onClick={() => onCell(cell)}>
              Cell {cell}
            </button>
          ) : (
            <span>cell {cell}</span>
          ))}{" "}
        {told.text}
        {told.by && <span class="told-by"> {told.by}</span>}
      </span>
    </li>
  );
}
