/** What happened, in words: of a board, or of one of its cells. */

import { useEffect, useMemo } from "preact/hooks";

import { useCell } from "../../cell";
import { momentText } from "../../format";
import { usePage } from "../../parts/context";
import { hashOf } from "../../places";
import { HistoryTail } from "./history_tail";
import { cellOf, toldOf } from "./history_words";
import { type HistoryEvent, historyTablePath } from "./routes";

interface Props {
  unit: string;
  /** Undefined: the whole board. */
  cell?: number;
  onCell?(cell: number): void;
}

/** The history of a whole board, as a panel of its page. */
export function BoardHistory({ unit, onCell }: { unit: string; onCell(cell: number): void }) {
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
      <History unit={unit} onCell={onCell} />
    </section>
  );
}

export function History({ unit, cell, onCell }: Props) {
  const { session } = usePage();
  const tail = useMemo(() => new HistoryTail(session.api, session.live, unit, cell), [session, unit, cell]);
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
      aria-label={cell === undefined ? "History of the board, newest first" : `History of cell ${cell}, newest first`}
      data-testid={cell === undefined ? "history" : "cell-history"}
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
          <Line key={event.seq} event={event} isOfCell={cell !== undefined} onCell={onCell} />
        ))}
      </ol>
      {!events.length && !trouble && (
        <p class="empty-line">{isLoading ? "Reading the journal…" : "Nothing has happened here yet."}</p>
      )}
      {next !== null && (
        <button type="button" class="small older" disabled={isLoading} onClick={() => void tail.loadOlder()} data-testid="older">
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
        {cell !== null && (
          <button type="button" class="bare" onClick={() => onCell?.(cell)}>
            Cell {cell}
          </button>
        )}{" "}
        {told.text}
        {told.by && <span class="told-by"> {told.by}</span>}
      </span>
    </li>
  );
}
