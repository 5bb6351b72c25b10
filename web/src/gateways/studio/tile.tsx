/** One table on the board. */

import { Component } from "preact";

import { useCell } from "../../cell";
import { plural } from "../../format";
import { hashOf } from "../../places";
import { Age, Until } from "./age";
import { FieldCells } from "./field_cell";
import { MaintenanceSwitch } from "./maintenance";
import { ToneMark } from "./marks";
import type { Presence, TableStatus } from "./table";
import type { TableFeed } from "./table_feed";
import { TONE_WORDS, toneOf, whyOf } from "./tone";
import { useIsLinked } from "./use_feed";

interface Props {
  feed: TableFeed;
  isShort: boolean;
}

/** A tile follows its own feed; that the board is drawn anew is no reason to draw two hundred tiles anew. */
export class Tile extends Component<Props> {
  override shouldComponentUpdate(next: Props): boolean {
    return next.feed !== this.props.feed || next.isShort !== this.props.isShort;
  }

  override render() {
    return <TableTile {...this.props} />;
  }
}

function TableTile({ feed, isShort }: Props) {
  const status = useCell(feed.status);
  const state = useCell(feed.state);
  const presence = useCell(feed.presence);
  const alarms = useCell(feed.alarms);
  const isLinked = useIsLinked();
  const tone = toneOf(status, state);
  const why = whyOf(tone, { status, state, presence, alarms });
  const until = state?.maintenance.on ? state.maintenance.until : null;
  return (
    <li
      class={`panel table-tile table-tile-${tone} ${isShort ? "table-tile-short" : ""} ${isLinked ? "" : "not-live"}`}
      data-testid={`tile-${feed.name}`}
      data-tone={tone}
      data-live={isLinked}
    >
      <header class="table-tile-head">
        <a class="table-tile-link" href={hashOf({ at: "unit", unit: feed.unit })}>
          {feed.name}
        </a>
        <span class={`tone tone-${tone}`}>
          <ToneMark tone={tone} />
          {isLinked ? TONE_WORDS[tone] : `was ${TONE_WORDS[tone]}`}
        </span>
      </header>
      <p class="table-tile-why">
        <AlarmCount status={status} />
        <span class="table-tile-reason">{why || (status?.alarms_open ? "" : "no alarm")}</span>
        {until && (
          <span class="quiet">
            <Until to={until} before="ends in" passed="ending" />
          </span>
        )}
      </p>
      {state && <FieldCells fields={state.fields} hasWords={!isShort} />}
      <footer class="table-tile-foot">
        <p class="table-tile-facts">
          <span class="table-tile-age" data-testid="tile-age">
            <Age at={state && state.uptime_updates > 0 ? state.timestamp : null} never="never updated" />
          </span>
          <span class="table-tile-reporters" title={reportersText(presence)}>
            {reportersText(presence)}
          </span>
        </p>
        <MaintenanceSwitch feed={feed} maintenance={state?.maintenance ?? null} alarmsOpen={status?.alarms_open ?? 0} />
      </footer>
    </li>
  );
}

export function AlarmCount({ status }: { status: TableStatus | null }) {
  if (!status?.alarms_open) return null;
  const isMuted = status.alarms_muted;
  return (
    <span class={`tag ${isMuted ? "tag-muted" : "tag-bad"}`} data-testid="tile-alarms">
      {plural(status.alarms_open, "alarm")}
      {isMuted && " muted"}
    </span>
  );
}

// Of more reporters than this a tile tells only how many.
const NAMED_MAX = 2;

/** Who reports: `dealerPC`, `dealerPC, sdp-pc`, `dealerPC and 3 more`. */
export function reportersText(presence: Presence | null): string {
  const names = [...new Set(presence?.reporters.map((one) => one.device || one.address) ?? [])];
  if (!names.length) return presence?.gone.length ? `${presence.gone[0]!.device || "the reporter"} is gone` : "nobody";
  if (names.length <= NAMED_MAX) return names.join(", ");
  return `${names[0]} and ${names.length - 1} more`;
}
