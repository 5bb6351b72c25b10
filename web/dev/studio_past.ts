/** A day of made-up history for each table of the mock, and what follows from it. */

export interface PastRow {
  seq: number;
  at: string;
  field: string;
  old: string | null;
  new: string;
  by: string;
  address: string;
  reason: string;
}

const HOUR_S = 3600;

const STUMBLES = ["calibration", "standby", "exception", "down", "calibration"];

/** The same numbers each time, so that pictures can be compared. */
export function seeded(seed: number): () => number {
  let state = seed * 2_654_435_761;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

export class HistoryBook {
  /** Oldest first. */
  readonly #rows: PastRow[] = [];
  #seq = 0;

  constructor(keys: string[], random: () => number) {
    const made: Omit<PastRow, "seq">[] = [];
    for (const key of keys) made.push(...pastOf(key, random));
    made.sort((one, other) => one.at.localeCompare(other.at));
    for (const row of made) this.put(row);
  }

  put(row: Partial<PastRow> & Pick<PastRow, "at" | "field" | "old" | "new" | "by">): void {
    this.#rows.push({ address: row.by === "anna" ? "" : "10.20.4.17", reason: "", ...row, seq: (this.#seq += 3) });
    this.#rows.sort((one, other) => one.at.localeCompare(other.at));
    for (const [index, one] of this.#rows.entries()) one.seq = index * 3 + 1;
  }

  last(key: string): PastRow | undefined {
    return this.#rows.findLast((row) => row.field === key);
  }

  rows(query: URLSearchParams): { rows: PastRow[]; next: number | null } {
    const before = Number(query.get("before") ?? Infinity);
    const field = query.get("field");
    const limit = Number(query.get("limit") ?? 100);
    const found = this.#rows.filter((row) => row.seq < before && (!field || row.field === field)).reverse();
    const rows = found.slice(0, limit);
    return { rows, next: found.length > limit ? rows.at(-1)!.seq : null };
  }
}

function pastOf(key: string, random: () => number): Omit<PastRow, "seq">[] {
  const rows: Omit<PastRow, "seq">[] = [];
  const isService = key === "SDP" || key === "IDP";
  let value = isService ? "standby" : "down";
  const put = (agoS: number, next: string): void => {
    const at = new Date(Date.now() - agoS * 1000).toISOString();
    const by = key === "ROULETTE" ? "wheel-002" : "dealerPC";
    rows.push({ at, field: key, old: value, new: next, by, address: "10.20.4.17", reason: "" });
    value = next;
  };
  let ago = 30 * HOUR_S - random() * 3 * HOUR_S;
  put(ago, "up");
  for (;;) {
    ago -= (0.4 + random() * (isService ? 3 : 7)) * HOUR_S;
    if (ago < 3000) return rows;
    const other = isService ? STUMBLES[Math.floor(random() * STUMBLES.length)]! : "down";
    put(ago, other);
    ago -= (90 + random() * 900) * (other === "standby" ? 3 : 1);
    put(Math.max(ago, 1900 + random() * 100), "up");
  }
}

export function csv(rows: PastRow[]): string {
  const lines = rows.map((row) =>
    [row.at, row.field, row.old ?? "", row.new, row.by, row.address, row.reason].join(","),
  );
  return ["at,field,old,new,by,address,reason", ...lines, ""].join("\r\n");
}

export function availability(table: string, keys: string[], book: HistoryBook): unknown {
  const random = seeded(table.length * 97 + table.charCodeAt(table.length - 1));
  const days = [];
  for (let back = 6; back >= 0; back--) {
    const fields: Record<string, unknown> = {};
    for (const key of keys) {
      const draw = random();
      const percent = !book.last(key) ? null : draw < 0.4 ? 100 : draw < 0.92 ? 98.2 + draw * 1.95 : 80 + draw * 17;
      fields[key] = { percent: percent === null ? null : Math.min(100, percent), known_s: back ? 86_400 : 30_000 };
    }
    const day = new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);
    days.push({ day, maintenance_s: back % 3 === 1 ? 2_700 : 0, fields });
  }
  return { table, days };
}
