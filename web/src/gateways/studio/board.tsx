/** All tables of a studio on one page. */

import { useMemo, useState } from "preact/hooks";

import { useCell } from "../../cell";
import { countText, plural } from "../../format";
import { Segments } from "../../parts/segments";
import { stored } from "../../parts/stored";
import type { Unit } from "../../session";
import { arranged, type BoardEntry, type BoardOrder, countTones } from "./board_order";
import { EmptyBoard } from "./empty_board";
import { ToneMark } from "./marks";
import type { StudioFeed, TableFeed } from "./table_feed";
import { Tile } from "./tile";
import { TONE_WORDS, type TableTone, TONES_WORST_FIRST, toneOf } from "./tone";
import { useIsLinked, useStudioFeed } from "./use_feed";

type Size = "auto" | "full" | "short";

const order = stored<BoardOrder>("studio.order", "trouble");
const size = stored<Size>("studio.size", "auto");

// Above this, tiles with words need more scrolling than a glance is worth.
const FULL_TILES_MAX = 24;

export function StudioBoard({ gateway, units }: { gateway: string; units: readonly Unit[] }) {
  const feed = useStudioFeed(gateway);
  if (!feed) return null;
  return <Board gateway={gateway} units={units} feed={feed} />;
}

function Board({ gateway, units, feed }: { gateway: string; units: readonly Unit[]; feed: StudioFeed }) {
  const tables = useCell(feed.tables);
  const chosenOrder = useCell(order);
  const chosenSize = useCell(size);
  const [tone, setTone] = useState<TableTone | null>(null);
  const [search, setSearch] = useState("");
  const entries = useMemo(() => [...tables.values()].map(entryOf), [tables]);
  const isLinked = useIsLinked();
  const counts = countTones(entries);
  // A tone that no table has any more must not leave the board empty.
  const wanted = tone !== null && counts[tone] > 0 ? tone : null;
  const shown = arranged(entries, { tone: wanted, search, order: chosenOrder });
  const isShort = chosenSize === "short" || (chosenSize === "auto" && entries.length > FULL_TILES_MAX);
  if (!units.length && !tables.size) return <EmptyBoard gateway={gateway} />;
  return (
    <section class="studio-board" aria-label={`Tables of ${gateway}`} data-testid="board">
      <header class="board-head">
        <h1>{gateway}</h1>
        <p class="quiet">{plural(entries.length, "table")}</p>
        <span class="spring" />
        <Segments
          label="Size"
          value={isShort ? "short" : "full"}
          options={[
            ["full", "Tiles"],
            ["short", "Compact"],
          ]}
          onChange={(value) => (size.value = value as Size)}
        />
        <input
          type="search"
          class="board-search"
          placeholder="Find a table or device"
          aria-label="Find a table or device"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
          data-testid="board-search"
        />
      </header>
      <div class={`board-tools ${isLinked ? "" : "not-live"}`}>
        <ToneFilter counts={counts} total={entries.length} wanted={wanted} onWant={setTone} />
        <span class="spring" />
        <Segments
          label="Order"
          value={chosenOrder}
          options={[
            ["trouble", "Trouble first"],
            ["name", "By name"],
            ["updated", "Longest silent"],
          ]}
          onChange={(value) => (order.value = value as BoardOrder)}
        />
      </div>
      {shown.length ? (
        <ul class={`table-tiles ${isShort ? "table-tiles-short" : ""}`}>
          {shown.map((entry) => (
            <Tile key={entry.unit} feed={tables.get(entry.unit)!} isShort={isShort} />
          ))}
        </ul>
      ) : (
        <p class="empty-line">{search ? `No table or device is called “${search}”.` : "Listening…"}</p>
      )}
    </section>
  );
}

interface FilterProps {
  counts: Record<TableTone, number>;
  total: number;
  wanted: TableTone | null;
  onWant(tone: TableTone | null): void;
}

// Always shown, so that "0 trouble" can be read, too.
const TONES_ALWAYS = new Set<TableTone>(["trouble", "maintenance", "silent", "ok"]);

function ToneFilter({ counts, total, wanted, onWant }: FilterProps) {
  const tones = TONES_WORST_FIRST.filter((tone) => TONES_ALWAYS.has(tone) || counts[tone] > 0);
  return (
    <div class="tone-filter" role="group" aria-label="Show tables that are">
      <button type="button" class="tone-choice" aria-pressed={wanted === null} onClick={() => onWant(null)}>
        <strong>{countText(total)}</strong> all
      </button>
      {tones.map((tone) => (
        <button
          key={tone}
          type="button"
          class={`tone-choice ${counts[tone] ? `tone-${tone}` : "tone-none"}`}
          aria-pressed={wanted === tone}
          disabled={counts[tone] === 0}
          onClick={() => onWant(wanted === tone ? null : tone)}
          data-testid={`filter-${tone}`}
        >
          <ToneMark tone={tone} />
          <strong>{countText(counts[tone])}</strong> {TONE_WORDS[tone]}
        </button>
      ))}
    </div>
  );
}

function entryOf(feed: TableFeed): BoardEntry {
  const state = feed.state.value;
  const reporters = feed.presence.value?.reporters ?? [];
  return {
    unit: feed.unit,
    name: feed.name,
    tone: toneOf(feed.status.value, state),
    alarmsOpen: feed.status.value?.alarms_open ?? 0,
    updatedAt: state && state.uptime_updates > 0 ? Date.parse(state.timestamp) : 0,
    words: [...reporters.map((one) => `${one.device} ${one.address}`), feed.status.value?.reason ?? ""].join(" "),
  };
}
