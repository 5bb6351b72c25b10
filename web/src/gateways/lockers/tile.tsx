/** One board of the hall. */

import { useMemo } from "preact/hooks";

import { durationText, plural } from "../../format";
import { Lamp, toneOf } from "../../parts/lamp";
import { hashOf } from "../../places";
import { alarmWords, channelName } from "./alarm_words";
import type { HallEntry } from "./hall_list";
import { MiniMap } from "./mini_map";

interface Props {
  entry: HallEntry;
  isLarge: boolean;
  now: number;
}

export function Tile({ entry, isLarge, now }: Props) {
  const age = entry.heardAt ? `${durationText((now - entry.heardAt) / 1000)} ago` : "no report yet";
  const { unit, label, state, reason, pending, blocked, columns, rows, codes, alarms, channel } = entry;
  // Most of a thousand tiles are as they were: those are not compared again, element by element. Pictures move on.
  const picture = isLarge ? Math.floor(now / 1000) : 0;
  return useMemo(
    () => <TileBody entry={entry} isLarge={isLarge} now={now} age={age} />,
    [unit, label, state, reason, pending, blocked, columns, rows, codes, alarms.join(), channel, isLarge, age, picture],
  );
}

function TileBody({ entry, isLarge, now, age }: Props & { age: string }) {
  const isAway = entry.state === "away" || entry.state === "stale" || entry.state === "fault";
  const hasAlarm = entry.alarms.length > 0;
  const cells = entry.columns * entry.rows;
  return (
    <li
      class={["hall-tile", isLarge ? "tile-large" : "tile-small", isAway && "tile-silent", hasAlarm && "tile-alarm"]
        .filter(Boolean)
        .join(" ")}
      data-testid={`tile-${entry.id}`}
      data-state={entry.state}
    >
      <a href={hashOf({ at: "unit", unit: entry.unit })} title={entry.reason}>
        <span class="tile-head">
          <Lamp tone={toneOf(entry.state)} />
          <strong class="tile-id">{entry.id}</strong>
          <span class="tile-label">{entry.label}</span>
          {!isLarge && <Marks entry={entry} />}
        </span>
        {isLarge && (
          <span class="tile-middle">
            <MiniMap unit={entry.unit} now={now} />
            <span class="tile-facts">
              <CodesText codes={entry.codes} cells={cells} />
              <Marks entry={entry} inWords />
            </span>
          </span>
        )}
        <Fill codes={entry.codes} cells={cells} />
        <span class="tile-line">
          <span class={isAway ? "tile-state" : ""}>{entry.state === "live" ? channelName(entry.channel) : entry.state}</span>
          <span class="quiet">{age}</span>
        </span>
      </a>
    </li>
  );
}

interface MarksProps {
  entry: Pick<HallEntry, "alarms" | "pending" | "blocked">;
  inWords?: boolean;
}

/** What is not as usual, in marks that differ in shape and carry words. */
export function Marks({ entry, inWords = false }: MarksProps) {
  const { alarms, pending, blocked } = entry;
  if (!alarms.length && !pending && !blocked) return null;
  return (
    <span class="tile-marks">
      {alarms.length > 0 && (inWords ? <AlarmsInWords alarms={alarms} /> : <AlarmCount alarms={alarms} />)}
      {pending && <span class="tag tag-pending">{inWords ? "to approve" : "approve"}</span>}
      {blocked && <span class="tag tag-blocked">blocked</span>}
    </span>
  );
}

function AlarmsInWords({ alarms }: { alarms: readonly string[] }) {
  return (
    <>
      {alarms.map((name) => {
        const { title, priority } = alarmWords(name);
        return (
          <span key={name} class={`alarm-chip alarm-${priority}`}>
            <span class="alarm-mark" aria-hidden="true" />
            {title}
          </span>
        );
      })}
    </>
  );
}

function AlarmCount({ alarms }: { alarms: readonly string[] }) {
  const worst = alarms.some((name) => alarmWords(name).priority === "high") ? "high" : "medium";
  return (
    <span class={`alarm-chip alarm-${worst}`} title={alarms.map((name) => alarmWords(name).title).join(", ")}>
      <span class="alarm-mark" aria-hidden="true" />
      <span aria-hidden="true">{alarms.length}</span>
      <span class="unseen">{plural(alarms.length, "alarm")}</span>
    </span>
  );
}

/** How many codes, of how many cells. */
export function CodesText({ codes, cells }: { codes: number; cells: number }) {
  if (!cells) return <span>layout not told yet</span>;
  return (
    <span class="tile-codes">
      <strong>{codes}</strong> of {plural(cells, "cell")}
    </span>
  );
}

// Units of the drawing, stretched to the tile.
const BAR_WIDTH = 100;

/** How full the cabinet is. */
export function Fill({ codes, cells }: { codes: number; cells: number }) {
  const filled = cells ? Math.min(1, codes / cells) * BAR_WIDTH : 0;
  return (
    <svg class="fill" viewBox={`0 0 ${BAR_WIDTH} 4`} preserveAspectRatio="none" aria-hidden="true">
      <rect class="fill-all" width={BAR_WIDTH} height="4" />
      <rect class="fill-codes" width={filled} height="4" />
    </svg>
  );
}
