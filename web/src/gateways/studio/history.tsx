/** Every change of a table, newest first, and the same as a file. */

import { useState } from "preact/hooks";

import { useCell } from "../../cell";
import { momentText } from "../../format";
import { baseOf, KEYS, labelOf, lookOf, valueText } from "./fields";
import type { HistoryStore } from "./history_store";
import { ValueMark } from "./marks";
import { csvPath, type HistoryRow } from "./routes";
import type { TableFeed } from "./table_feed";

// More rows than this at once are for the file.
const ROWS_SHOWN_MAX = 400;

export function History({ feed, history }: { feed: TableFeed; history: HistoryStore }) {
  const past = useCell(history.state);
  const [field, setField] = useState("");
  const rows = past.rows.filter((row) => !field || row.field === field);
  const keys = [...new Set([...KEYS, ...past.rows.map((row) => row.field)])];
  return (
    <section class="panel table-history" aria-labelledby="history-title" data-testid="history">
      <div class="panel-head">
        <h2 id="history-title">History</h2>
        <span class="spring" />
        <label class="choice">
          <span>Field</span>
          <select value={field} onChange={(event) => setField(event.currentTarget.value)} data-testid="history-field">
            <option value="">all</option>
            {keys.map((key) => (
              <option key={key} value={key}>
                {fieldName(key)}
              </option>
            ))}
          </select>
        </label>
        <a class="more" href={csvPath(feed.unit, field)} download data-testid="history-csv">
          Download CSV
        </a>
      </div>
      {past.trouble && (
        <p class="trouble timeline-trouble" role="alert">
          The history could not be read: {past.trouble}
        </p>
      )}
      <div class="changes-scroll" tabIndex={0} role="region" aria-label="Changes, newest first">
        {rows.length > 0 && (
          <table class="changes">
            <thead class="unseen">
              <tr>
                <th scope="col">When</th>
                <th scope="col">Field</th>
                <th scope="col">Change</th>
                <th scope="col">By</th>
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, ROWS_SHOWN_MAX).map((row) => (
                <ChangeRow key={`${row.seq}-${row.field}`} row={row} />
              ))}
            </tbody>
          </table>
        )}
        {!rows.length && !past.trouble && (
          <p class="empty-line">{past.isRead ? "No change is recorded." : "Reading the history…"}</p>
        )}
        {past.next !== null && rows.length < ROWS_SHOWN_MAX && (
          <button type="button" class="small older" disabled={past.isLoading} onClick={() => void history.older()}>
            {past.isLoading ? "Reading…" : "Older changes"}
          </button>
        )}
        {rows.length >= ROWS_SHOWN_MAX && <p class="empty-line">Older ones are in the CSV file.</p>}
      </div>
    </section>
  );
}

function fieldName(key: string): string {
  return key === "REPORTER" ? "Reporters" : labelOf(key);
}

function ChangeRow({ row }: { row: HistoryRow }) {
  return (
    <tr data-field={row.field} data-new={row.new}>
      <td class="change-at">
        <time dateTime={row.at}>{momentText(row.at)}</time>
      </td>
      <th scope="row">{fieldName(row.field)}</th>
      <td class="change">
        {row.old !== null && (
          <>
            <span class="quiet">{textOf(row.field, row.old)}</span>
            <span class="change-arrow" aria-label="to">
              →
            </span>
          </>
        )}
        <span class={`change-new value-${lookOf(baseOf(row.new))}`}>
          {KEYS.includes(row.field) && <ValueMark look={lookOf(baseOf(row.new))} />}
          {textOf(row.field, row.new)}
        </span>
        {row.reason && <span class="change-reason">{row.reason}</span>}
      </td>
      <td class="change-by">
        {row.by}
        {row.address && <span class="quiet"> {row.address}</span>}
      </td>
    </tr>
  );
}

function textOf(field: string, value: string): string {
  if (field.startsWith("custom.")) return value || "taken away";
  if (field === "MAINTENANCE") return value === "true" ? "on" : "off";
  return KEYS.includes(field) ? valueText(value) : value;
}
