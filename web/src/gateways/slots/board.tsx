/** All machines of a gateway on one page. */

import { useMemo, useState } from "preact/hooks";

import { useCell } from "../../cell";
import { countText, plural } from "../../format";
import { Segments } from "../../parts/segments";
import { stored } from "../../parts/stored";
import type { Unit } from "../../session";
import { arranged, countTones, type FloorEntry, type FloorOrder } from "./floor_order";
import type { FloorFeed, MachineFeed } from "./machine_feed";
import { ToneMark } from "./marks";
import { Tile } from "./tile";
import { type MachineTone, TONE_WORDS, TONES_WORST_FIRST, toneOf, whyOf } from "./tone";
import { useFloorFeed, useIsLinked } from "./use_feed";

const order = stored<FloorOrder>("slots.order", "trouble");

export function SlotsFloor({ gateway, units }: { gateway: string; units: readonly Unit[] }) {
  const feed = useFloorFeed(gateway);
  if (!feed) return null;
  return <Floor gateway={gateway} units={units} feed={feed} />;
}

function Floor({ gateway, units, feed }: { gateway: string; units: readonly Unit[]; feed: FloorFeed }) {
  const machines = useCell(feed.machines);
  const chosenOrder = useCell(order);
  const isLinked = useIsLinked();
  const [tone, setTone] = useState<MachineTone | null>(null);
  const [search, setSearch] = useState("");
  const entries = useMemo(() => [...machines.values()].map(entryOf), [machines]);
  const counts = countTones(entries);
  // A tone that no machine has any more must not leave the floor empty.
  const wanted = tone !== null && counts[tone] > 0 ? tone : null;
  const shown = arranged(entries, { tone: wanted, search, order: chosenOrder });
  if (!units.length && !machines.size) return <EmptyFloor gateway={gateway} />;
  return (
    <section class="slots-floor" aria-label={`Machines of ${gateway}`} data-testid="board">
      <header class="board-head">
        <h1>{gateway}</h1>
        <p class="quiet">{plural(entries.length, "machine")}</p>
        <span class="spring" />
        <input
          type="search"
          class="board-search"
          placeholder="Find a machine or a reason"
          aria-label="Find a machine or a reason"
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
          ]}
          onChange={(value) => (order.value = value as FloorOrder)}
        />
      </div>
      {shown.length ? (
        <ul class="slot-tiles">
          {shown.map((entry) => (
            <Tile key={entry.unit} feed={machines.get(entry.unit)!} />
          ))}
        </ul>
      ) : (
        <p class="empty-line">{search ? `Nothing is found for “${search}”.` : "Listening…"}</p>
      )}
    </section>
  );
}

interface FilterProps {
  counts: Record<MachineTone, number>;
  total: number;
  wanted: MachineTone | null;
  onWant(tone: MachineTone | null): void;
}

// Always shown, so that "0 trouble" can be read, too.
const TONES_ALWAYS = new Set<MachineTone>(["trouble", "handpay", "away", "ok"]);

function ToneFilter({ counts, total, wanted, onWant }: FilterProps) {
  const tones = TONES_WORST_FIRST.filter((tone) => TONES_ALWAYS.has(tone) || counts[tone] > 0);
  return (
    <div class="tone-filter" role="group" aria-label="Show machines that are">
      <button type="button" class="tone-choice" aria-pressed={wanted === null} onClick={() => onWant(null)}>
        <strong>{countText(total)}</strong> all
      </button>
      {tones.map((tone) => (
        <button
          key={tone}
          type="button"
          class={`tone-choice ${counts[tone] ? `slot-tone-${tone}` : ""}`}
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

function EmptyFloor({ gateway }: { gateway: string }) {
  return (
    <section class="panel empty" data-testid="no-machines">
      <strong>No machine is set up on {gateway}</strong>
      <p>The settings name the line and the addresses of the machines on it:</p>
      <pre>{`[gateways.${gateway}]\nkind = "slots"\nline = "/dev/ttyUSB0"\nmachines = [1]`}</pre>
      <p>To see one in motion first, with line = "nine://127.0.0.1:7777":</p>
      <pre>lineside simulate egm --line nine://127.0.0.1:7777 --play 20</pre>
    </section>
  );
}

function entryOf(feed: MachineFeed): FloorEntry {
  const status = feed.status.value;
  const words = [status?.label ?? "", whyOf(status), status?.reason ?? ""].join(" ");
  return { unit: feed.unit, name: feed.name, tone: toneOf(status), words };
}
