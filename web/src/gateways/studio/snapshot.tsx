/** The twelve keys as a reporter gets them, and the custom fields that reporters keep here. */

import { useCell } from "../../cell";
import { countText, durationText, momentText } from "../../format";
import { usePage } from "../../parts/context";
import { fieldClass } from "./field_cell";
import { useLastOrder, useRefusal } from "./orders";
import type { TableFeed } from "./table_feed";
import { useIsLinked } from "./use_feed";

export function Snapshot({ feed }: { feed: TableFeed }) {
  const state = useCell(feed.state);
  const isLinked = useIsLinked();
  const { session } = usePage();
  if (!state) return null;
  const runS = state.made_at ? (session.api.clock.now() - Date.parse(state.made_at)) / 1000 : state.uptime_seconds;
  return (
    <section class={`panel ${isLinked ? "" : "not-live"}`} aria-labelledby="snapshot-title" data-testid="snapshot">
      <div class="panel-head">
        <h2 id="snapshot-title">Snapshot</h2>
        <span class="quiet">as reporters get it</span>
      </div>
      <dl class="figures snapshot">
        <Entry name="TABLE_ID" value={state.table} />
        <Entry
          name="UPTIME"
          value={countText(state.uptime_updates)}
          note={`accepted updates; the table is ${durationText(runS)} old`}
        />
        <Entry name="TIMESTAMP" value={momentText(state.timestamp)} />
        <Entry name="MAINTENANCE" value={String(state.maintenance.on)} />
        {state.fields.map((field) => (
          <Entry key={field.key} name={field.key} value={field.value} class={fieldClass(field)} />
        ))}
      </dl>
    </section>
  );
}

interface EntryProps {
  name: string;
  value: string;
  note?: string;
  class?: string;
}

function Entry({ name, value, note, class: looks = "" }: EntryProps) {
  return (
    <div class={looks} data-testid={`key-${name}`}>
      <dt>
        <code>{name}</code>
      </dt>
      <dd title={note}>{value}</dd>
    </div>
  );
}

export function CustomFields({ feed }: { feed: TableFeed }) {
  const { session } = usePage();
  const custom = Object.entries(useCell(feed.state)?.custom ?? {});
  const refusal = useRefusal();
  const order = useLastOrder(feed.unit, "clear_custom");
  if (!custom.length) return null;
  return (
    <section class="panel" aria-labelledby="custom-title" data-testid="custom">
      <div class="panel-head">
        <h2 id="custom-title">Custom fields</h2>
        <span class="count">{custom.length}</span>
      </div>
      <dl class="custom-fields">
        {custom.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <code>{JSON.stringify(value)}</code>
            </dd>
            <dd>
              <button
                type="button"
                class="small"
                disabled={Boolean(refusal) || order?.isOpen}
                title={refusal}
                aria-label={`Clear ${name}`}
                onClick={() => void session.commands.ask(feed.unit, "clear_custom", { name })}
              >
                Clear
              </button>
            </dd>
          </div>
        ))}
      </dl>
      {order?.trouble && (
        <p class="panel-foot trouble" role="alert">
          not cleared: {order.trouble}
        </p>
      )}
    </section>
  );
}
