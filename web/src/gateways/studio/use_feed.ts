/** The feeds of tables inside components, and a clock that all ages on the page share. */

import { useEffect, useMemo, useState } from "preact/hooks";

import { Cell, useCell } from "../../cell";
import { usePage } from "../../parts/context";
import { followTable, StudioFeed, TableFeed } from "./table_feed";

export function useTableFeed(unit: string): TableFeed {
  const { session } = usePage();
  const feed = useMemo(() => new TableFeed(unit), [unit]);
  useEffect(() => followTable(session.live, feed), [session, feed]);
  return feed;
}

export function useStudioFeed(gateway: string): StudioFeed | null {
  const { session } = usePage();
  const [feed, setFeed] = useState<StudioFeed | null>(null);
  useEffect(() => {
    const made = new StudioFeed(session.live, gateway);
    setFeed(made);
    return () => made.end();
  }, [session, gateway]);
  return feed;
}

// One timer for the ages of two hundred tables.
const TICK_MS = 1_000;
const ticks = new Cell(0);
let watchers = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** Draw the component anew every second, together with all others that do. */
export function useSeconds(): void {
  useCell(ticks);
  useEffect(() => {
    if (watchers++ === 0) timer = setInterval(() => ticks.value++, TICK_MS);
    return () => {
      if (--watchers === 0) clearInterval(timer);
    };
  }, []);
}

/** Whether what the page shows comes from the server now. */
export function useIsLinked(): boolean {
  const { session } = usePage();
  return useCell(session.live.status).phase === "connected";
}
