/** All boards of a gateway on one page: ten or a thousand, trouble first. */

import { useMemo, useRef, useState } from "preact/hooks";

import { useCell } from "../../cell";
import { countText, plural } from "../../format";
import { usePage } from "../../parts/context";
import { StateChip } from "../../parts/lamp";
import { Segments } from "../../parts/segments";
import { stored } from "../../parts/stored";
import type { GatewayInfo } from "../../protocol";
import type { Unit } from "../../session";
import { heardAt, idOf } from "./board";
import type { HallFeed } from "./board_feed";
import { arranged, countGroups, GROUP_NAMES, type HallEntry, type HallGroup, type HallOrder } from "./hall_list";
import { HallHistory } from "./history";
import { Tile } from "./tile";
import { useHall, useServerNow } from "./use_board";

type Density = "auto" | "large" | "small";

// More pictures of cabinets than this are no glance any more, and each is a topic to follow.
const LARGE_TILES_MAX = 48;
// What a page draws without becoming slow; a search finds the others.
const TILES_MAX = 1_500;

const ORDERS: readonly (readonly [HallOrder, string])[] = [
  ["trouble", "trouble first"],
  ["id", "by ID"],
  ["silence", "longest silent first"],
];
const order = stored<HallOrder>("lockers.order", "trouble");
const density = stored<Density>("lockers.density", "auto");

export function Hall({ gateway, units }: { gateway: string; units: readonly Unit[] }) {
  const { session } = usePage();
  const info = useCell(session.gateways)?.find((one) => one.name === gateway);
  const feed = useHall(gateway);
  const now = useServerNow(ENTRIES_MS);
  const entries = useSeldom(() => units.map((unit) => entryOf(unit, feed)), units.length);
  return (
    <div class="hall" data-testid="hall">
      <header class="hall-head">
        <h1>{gateway}</h1>
        {info && <StateChip state={info.state} />}
        <span class="quiet">Locker boards{units.some((unit) => unit.simulated) && " (simulated)"}</span>
        {info?.reason && <span class="hall-reason">{info.reason}</span>}
      </header>
      {useMemo(
        () => (entries.length === 0 ? <NoBoards info={info} /> : <Boards entries={entries} now={now} />),
        [entries, info],
      )}
      {entries.length > 0 && <HallHistory gateway={gateway} />}
    </div>
  );
}

// A thousand boards change at any time; nobody reads faster than this.
const ENTRIES_MS = 300;

/** What `make` gives, made anew at most so often, and at once when there are more or fewer boards. */
function useSeldom<T>(make: () => T, count: number): T {
  const held = useRef<{ value: T; count: number; at: number } | null>(null);
  const at = performance.now();
  // A little early counts, so that the tick that comes for it is not missed by a hair.
  if (!held.current || held.current.count !== count || at - held.current.at > ENTRIES_MS * 0.9) {
    held.current = { value: make(), count, at };
  }
  return held.current.value;
}

function entryOf(unit: Unit, feed: HallFeed): HallEntry {
  const status = feed.statuses.get(unit.unit);
  const heard = feed.heard.get(unit.unit);
  return {
    unit: unit.unit,
    id: idOf(unit.unit),
    label: status?.label ?? "",
    state: unit.state,
    reason: unit.reason,
    pending: status?.pending ?? false,
    blocked: status?.blocked ?? false,
    columns: status?.columns ?? 0,
    rows: status?.rows ?? 0,
    codes: status?.cells_with_code ?? 0,
    alarms: status?.alarms ?? [],
    channel: heard?.channel ?? 0,
    heardAt: heard?.at ? heardAt(heard) : 0,
  };
}

function Boards({ entries, now }: { entries: readonly HallEntry[]; now: number }) {
  const [group, setGroup] = useState<HallGroup>("all");
  const [search, setSearch] = useState("");
  const ordered = useCell(order);
  const wanted = useCell(density);
  const found = arranged(entries, { group, search, order: ordered });
  const canBeLarge = found.length <= LARGE_TILES_MAX;
  const isLarge = canBeLarge && wanted !== "small" && (wanted === "large" || entries.length <= LARGE_TILES_MAX);
  const shown = found.slice(0, TILES_MAX);
  return (
    <section class="panel hall-boards" aria-label="Boards">
      <div class="hall-tools">
        <Groups entries={entries} group={group} onGroup={setGroup} />
        <span class="spring" />
        <input
          class="search"
          type="search"
          placeholder="ID or label"
          aria-label="Search boards by ID or label"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
          data-testid="hall-search"
        />
        <label class="choice">
          <span class="unseen">Order</span>
          <select
            value={ordered}
            onChange={(event) => (order.value = event.currentTarget.value as HallOrder)}
            data-testid="hall-order"
          >
            {ORDERS.map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </label>
        {canBeLarge && (
          <Segments
            label="Size of the tiles"
            value={isLarge ? "large" : "small"}
            options={[
              ["large", "cabinets"],
              ["small", "compact"],
            ]}
            onChange={(value) => (density.value = value as Density)}
          />
        )}
      </div>
      {found.length === 0 ? (
        <p class="empty-line" data-testid="hall-nothing">
          No board is {group === "all" ? "" : `${GROUP_NAMES[group]} and `}found by “{search}”.
        </p>
      ) : (
        <ul class={`tiles ${isLarge ? "tiles-large" : "tiles-small"}`} data-testid="tiles">
          {shown.map((entry) => (
            <Tile key={entry.unit} entry={entry} isLarge={isLarge} now={now} />
          ))}
        </ul>
      )}
      {shown.length < found.length && (
        <p class="panel-foot">
          The first {countText(shown.length)} of {plural(found.length, "board")}; a search finds the others.
        </p>
      )}
    </section>
  );
}

interface GroupsProps {
  entries: readonly HallEntry[];
  group: HallGroup;
  onGroup(group: HallGroup): void;
}

function Groups({ entries, group, onGroup }: GroupsProps) {
  const counts = countGroups(entries);
  return (
    <fieldset class="groups" aria-label="Which boards">
      {(Object.keys(GROUP_NAMES) as HallGroup[]).map((one) => (
        <button
          type="button"
          key={one}
          class={`group group-${one} ${counts[one] ? "" : "group-none"}`}
          aria-pressed={group === one}
          onClick={() => onGroup(group === one ? "all" : one)}
          data-testid={`group-${one}`}
        >
          <strong>{countText(counts[one])}</strong> {GROUP_NAMES[one]}
        </button>
      ))}
    </fieldset>
  );
}

/** Where boards call, as the gateway says it: `listens on 127.0.0.1:5000`. */
export function addressOf(reason: string): string {
  return /listens on (\S+?)[;,.]?(\s|$)/.exec(reason)?.[1] ?? "";
}

function NoBoards({ info }: { info: GatewayInfo | undefined }) {
  const address = addressOf(info?.reason ?? "");
  const isOpen = info?.state === "running";
  return (
    <section class="panel empty" data-testid="no-boards">
      <strong>No board has connected yet</strong>
      {!isOpen ? (
        <p>The gateway does not listen now{info?.reason && `: ${info.reason}`}.</p>
      ) : address ? (
        <>
          <p>Boards call the server, never the other way round. This is the address that they should call:</p>
          <pre data-testid="call-address">{address}</pre>
          {isLoopback(address) && (
            <p>
              Only programs of this machine reach it. For real boards, set <code>address</code> of this gateway in{" "}
              <code>lineside.toml</code> to one in their network; best behind a VPN, since ACon is clear text.
            </p>
          )}
        </>
      ) : (
        <p>
          Boards call the address that the settings name for this gateway (<code>address</code> in{" "}
          <code>lineside.toml</code>).
        </p>
      )}
      <p class="quiet">
        A board appears here with its first report. To try without one:{" "}
        <code>lineside simulate board --server {address || "HOST:PORT"} --id 1953</code>
      </p>
    </section>
  );
}

export function isLoopback(address: string): boolean {
  return /^(127\.|localhost|\[?::1)/.test(address);
}
