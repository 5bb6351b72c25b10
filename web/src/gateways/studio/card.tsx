/** A table on the overview. */

import { useCell } from "../../cell";
import { Age } from "./age";
import { FieldCells } from "./field_cell";
import { ToneChip } from "./marks";
import { AlarmCount, reportersText } from "./tile";
import { toneOf } from "./tone";
import { useTableFeed } from "./use_feed";

export function TableCard({ unit }: { unit: string }) {
  const feed = useTableFeed(unit);
  const status = useCell(feed.status);
  const state = useCell(feed.state);
  const presence = useCell(feed.presence);
  if (!state) return <p class="card-empty">Nothing heard yet</p>;
  return (
    <div class="card-body table-card">
      <div class="card-line">
        <ToneChip tone={toneOf(status, state)} />
        <AlarmCount status={status} />
      </div>
      <FieldCells fields={state.fields} hasWords={false} />
      <div class="card-line quiet">
        <Age at={state.uptime_updates > 0 ? state.timestamp : null} never="never updated" before="updated " />
        <span>{reportersText(presence)}</span>
      </div>
    </div>
  );
}
