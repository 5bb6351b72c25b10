/** What a field was, from when to when: worked out backwards from its present value and the recorded changes. */

import type { HistoryRow } from "./routes";

/** A stretch of one value. Times in milliseconds since 1970. */
export interface Span {
  /** Null: not known for this time. */
  value: string | null;
  from: number;
  to: number;
  by: string;
}

/** The present value of a field. */
export interface Present {
  value: string;
  /** Null: it was never reported, so it has been the start value all along. */
  changedAt: number | null;
  by: string;
}

export interface SpanWindow {
  from: number;
  to: number;
}

/**
 * The stretches within a window, oldest first, without a gap between them.
 *
 * `rows` are newest first and complete back to `reachAt`; what lies before is not known.
 */
export function spansOf(
  key: string,
  present: Present | null,
  rows: readonly HistoryRow[],
  reachAt: number,
  window: SpanWindow,
): Span[] {
  const found: Span[] = [];
  let to = window.to;
  // The value before the stretch that was found last.
  let before: string | null = present?.value ?? null;
  const put = (value: string | null, from: number, by: string): void => {
    const clipped = Math.max(from, window.from);
    if (clipped < to) found.push({ value, from: clipped, to, by });
    to = Math.min(to, Math.max(from, window.from));
  };
  const own = rows.filter((row) => row.field === key);
  if (present && present.changedAt !== null && Date.parse(own[0]?.at ?? "") !== present.changedAt) {
    // A change of now that the history read a moment ago does not have yet.
    if (!own.length || Date.parse(own[0]!.at) < present.changedAt) {
      put(present.value, present.changedAt, present.by);
      before = own[0]?.new ?? null;
    }
  }
  for (const row of own) {
    if (to <= window.from) break;
    put(row.new, Date.parse(row.at), row.by);
    before = row.old;
  }
  if (to > window.from) {
    put(before, Math.max(reachAt, window.from), "");
    if (to > window.from) put(null, window.from, "");
  }
  return found.reverse();
}

/** The stretches in which a switch (`true` or `false`) was on. */
export function onSpans(spans: readonly Span[]): Span[] {
  return spans.filter((span) => span.value === "true");
}

/** The stretch at a time. */
export function spanAt(spans: readonly Span[], at: number): Span | undefined {
  const last = spans.at(-1);
  if (last && at >= last.to) return last;
  return spans.find((span) => span.from <= at && at < span.to);
}

/** When nobody who wrote a field was there: from the leaving of `device` to its return. */
export function silences(
  device: string,
  rows: readonly HistoryRow[],
  goneSince: number | null,
  window: SpanWindow,
): SpanWindow[] {
  const found: SpanWindow[] = [];
  if (goneSince !== null) found.push({ from: Math.max(goneSince, window.from), to: window.to });
  let returned: number | null = goneSince;
  for (const row of rows) {
    if (row.field !== "REPORTER" || row.by !== device) continue;
    const at = Date.parse(row.at);
    if (row.new === "joined") returned = at;
    else if (returned !== null && at < returned) {
      found.push({ from: Math.max(at, window.from), to: Math.min(returned, window.to) });
      returned = at;
    }
    if (at < window.from) break;
  }
  return found.filter((one) => one.to > one.from);
}

/** The share of each value in the known time: `up 93 %, down 7 %`; for who cannot see the strip. */
export function sharesText(spans: readonly Span[]): string {
  const lengths = new Map<string, number>();
  let known = 0;
  for (const span of spans) {
    if (span.value === null) continue;
    lengths.set(span.value, (lengths.get(span.value) ?? 0) + span.to - span.from);
    known += span.to - span.from;
  }
  if (!known) return "not known";
  return [...lengths]
    .sort((one, other) => other[1] - one[1])
    .map(([value, length]) => `${value} ${shareText(length / known)}`)
    .join(", ");
}

function shareText(share: number): string {
  const percent = share * 100;
  return percent > 0 && percent < 1 ? "< 1 %" : `${Math.round(percent)} %`;
}
