/** How the board is: its alarms, its channels, and what it counts. */

import { useCell } from "../../cell";
import { countText, durationText, momentText } from "../../format";
import { alarmWords, channelName, channelState, flagText } from "./alarm_words";
import { type BoardState, type Heard, heardAt } from "./board";
import type { BoardFeed } from "./board_feed";
import { useIsLive, useServerNow } from "./use_board";

export function BoardAlarms({ feed }: { feed: BoardFeed }) {
  const alarms = useCell(feed.status)?.alarms ?? [];
  const isLive = useIsLive(feed);
  if (!alarms.length) return null;
  const words = alarms.map((name) => ({ name, ...alarmWords(name) }));
  const worst = words.some((one) => one.priority === "high") ? "high" : "medium";
  return (
    <section
      class={`panel alarms alarms-${worst}`}
      aria-labelledby="alarms-title"
      aria-live="polite"
      data-testid="board-alarms"
    >
      <div class="panel-head">
        <h2 id="alarms-title">Alarms</h2>
        <span class="count">{alarms.length}</span>
        {!isLive && <span class="tag">not live</span>}
      </div>
      <ol class="alarm-list">
        {words.map((one) => (
          <li key={one.name} class={`alarm alarm-${one.priority}`} data-testid={`alarm-${one.name}`}>
            <span class="alarm-mark" aria-hidden="true" />
            <div class="alarm-text">
              <strong>{one.title}</strong>
              <span class="alarm-priority">{one.priority}</span>
            </div>
            {one.text && <p class="alarm-facts">{one.text}</p>}
          </li>
        ))}
      </ol>
      <p class="panel-foot">They end by themselves when the board no longer reports them.</p>
    </section>
  );
}

const CHANNEL_KEYS = ["1", "2"] as const;

export function Channels({ feed }: { feed: BoardFeed }) {
  const heard = useCell(feed.heard);
  const board = useCell(feed.board);
  const isLive = useIsLive(feed);
  const now = useServerNow(1000);
  return (
    <section class={`panel channels ${isLive ? "" : "not-live"}`} aria-labelledby="channels-title" data-testid="channels">
      <div class="panel-head">
        <h2 id="channels-title">Connection</h2>
        {!isLive && <span class="tag">not live</span>}
      </div>
      {heard?.at ? (
        <>
          <ul class="channel-list">
            {CHANNEL_KEYS.map((key) => (
              <Channel key={key} channel={key} heard={heard} now={now} />
            ))}
          </ul>
          <Counters heard={heard} board={board} />
        </>
      ) : (
        <p class="empty-line">No report has been heard yet.</p>
      )}
      <p class="panel-foot">
        Alive as long as either channel reports. ACon is clear text: who can read the path can read the codes.
      </p>
    </section>
  );
}

function Channel({ channel, heard, now }: { channel: string; heard: Heard; now: number }) {
  const last = heard.channels[channel];
  const state = channel === "1" ? heard.wifi : heard.gsm;
  const isUsed = String(heard.channel) === channel;
  const tone = state ? "warn" : isUsed ? "ok" : "idle";
  return (
    <li class="channel" data-testid={`channel-${channel}`}>
      <span class={`lamp lamp-${tone}`} aria-hidden="true" />
      <strong>{channelName(channel)}</strong>
      <span class={state ? "channel-trouble" : "quiet"}>{channelState(state)}</span>
      <span class="channel-last">
        {last ? `${durationText((now - Date.parse(last)) / 1000)} ago` : "never used"}
        {isUsed && <span class="tag">last report</span>}
      </span>
    </li>
  );
}

const COUNTERS: readonly (readonly [name: string, text: string])[] = [
  ["messages", "Reports"],
  ["replies", "Replies"],
  ["duplicates", "Doubled"],
  ["late", "Late"],
  ["errors", "Bad"],
];

function Counters({ heard, board }: { heard: Heard; board: BoardState | null }) {
  return (
    <dl class="figures">
      <div>
        <dt>Number of the last report</dt>
        <dd>{heard.send}</dd>
      </div>
      <div>
        <dt>Starts of the board seen</dt>
        <dd>{countText(heard.epoch)}</dd>
      </div>
      {COUNTERS.filter(([name]) => heard.counters[name] !== undefined).map(([name, text]) => (
        <div key={name}>
          <dt>{text}</dt>
          <dd>{countText(heard.counters[name]!)}</dd>
        </div>
      ))}
      {board && board.flags.length > 0 && (
        <div>
          <dt>Odd in the last report</dt>
          <dd class="flags">{board.flags.map(flagText).join(", ")}</dd>
        </div>
      )}
    </dl>
  );
}

/** How old the last report is; the first thing to look at on any page about a board. */
export function ReportAge({ feed }: { feed: BoardFeed }) {
  const heard = useCell(feed.heard);
  const now = useServerNow(1000);
  if (!heard?.at) return <span data-testid="report-age">no report yet</span>;
  const age = (now - heardAt(heard)) / 1000;
  return (
    <span data-testid="report-age" title={momentText(heard.at, now)}>
      last report {durationText(age)} ago{heard.channel > 0 && `, over ${channelName(heard.channel)}`}
    </span>
  );
}
