import { expect, test, vi } from "vitest";

import {
  type HistoryState,
  HistoryStore,
  needsOlder,
  reachOf,
  ROWS_MAX,
  withNewest,
} from "../../../src/gateways/studio/history_store";
import type { HistoryPage, HistoryRow } from "../../../src/gateways/studio/routes";

const row = (seq: number): HistoryRow => ({
  ...{ seq, at: new Date(seq * 1000).toISOString(), field: "SDP", old: "up", new: "down" },
  ...{ by: "", address: "", reason: "" },
});

/** Rows from `newest` down to `oldest`. */
const rows = (newest: number, oldest: number): HistoryRow[] =>
  Array.from({ length: newest - oldest + 1 }, (_, index) => row(newest - index));

const page = (newest: number, oldest: number): HistoryPage => ({
  rows: rows(newest, oldest),
  next: oldest > 1 ? oldest : null,
});

const known = (newest: number, oldest: number): HistoryState => ({
  ...page(newest, oldest),
  isRead: true,
  isLoading: false,
  trouble: "",
});

const seqs = (state: { rows: readonly HistoryRow[] }): number[] => state.rows.map((one) => one.seq);

test("new rows stand before those that are known, each once", () => {
  expect(seqs(withNewest(known(12, 8), page(14, 11)))).toEqual([14, 13, 12, 11, 10, 9, 8]);
});

test("with rows missing between, the newest page stands alone", () => {
  const joined = withNewest(known(12, 8), page(30, 20));
  expect(seqs(joined)[0]).toBe(30);
  expect(joined.rows).toHaveLength(11);
  expect(joined.next).toBe(20);
});

test("several changes of one event stay together", () => {
  const twice = [row(5), { ...row(5), field: "IDP" }];
  expect(withNewest(known(4, 2), { rows: [...twice, row(4)], next: 4 }).rows).toHaveLength(5);
});

test("memory is bounded; what was left out can be read again", () => {
  const joined = withNewest(known(ROWS_MAX + 10, 11), page(ROWS_MAX + 20, ROWS_MAX));
  expect(joined.rows).toHaveLength(ROWS_MAX);
  expect(joined.next).toBe(joined.rows.at(-1)!.seq);
});

test("older pages are read until a time is reached", async () => {
  const asked: (number | null)[] = [];
  const store = new HistoryStore((before) => {
    asked.push(before);
    const newest = before === null ? 30 : before - 1;
    return Promise.resolve(page(newest, Math.max(1, newest - 9)));
  });
  await store.refresh();
  expect(needsOlder(store.state.value, 15_000)).toBe(true);
  await store.reach(15_000);
  expect(asked).toEqual([null, 21]);
  expect(reachOf(store.state.value)).toBe(11_000);
  await store.reach(-1);
  expect(reachOf(store.state.value)).toBe(-Infinity);
  await store.older();
  expect(asked).toEqual([null, 21, 11]);
});

test("a history that cannot be read says why, keeps what it has, and does not ask for ever", async () => {
  let isAway = false;
  let count = 0;
  const store = new HistoryStore(() => {
    count++;
    return isAway ? Promise.reject(new Error("no answer in time")) : Promise.resolve(page(30, 21));
  });
  await store.refresh();
  isAway = true;
  await store.reach(0);
  expect(store.state.value.trouble).toBe("no answer in time");
  expect(store.state.value.rows).toHaveLength(10);
  expect(count).toBe(2);
});

test("nothing is known before the first page", () => {
  const store = new HistoryStore(() => Promise.reject(new Error("away")));
  expect(reachOf(store.state.value)).toBe(Infinity);
  expect(needsOlder(store.state.value, 0)).toBe(false);
});

test("after its end a store takes nothing any more", async () => {
  let answer: (page: HistoryPage) => void = () => {};
  const store = new HistoryStore(() => new Promise((resolve) => (answer = resolve)));
  const reading = store.refresh();
  store.end();
  answer(page(3, 1));
  await reading;
  expect(store.state.value.rows).toHaveLength(0);
});

test("who asks while a page is being read gets the newest one after it", async () => {
  vi.useFakeTimers();
  const asked: ((page: HistoryPage) => void)[] = [];
  const store = new HistoryStore(() => new Promise((resolve) => asked.push(resolve)));
  void store.refresh();
  void store.refresh();
  expect(asked).toHaveLength(1);
  asked[0]!(page(3, 1));
  await vi.advanceTimersByTimeAsync(2_000);
  expect(asked).toHaveLength(2);
  asked[1]!(page(4, 1));
  await vi.advanceTimersByTimeAsync(0);
  expect(seqs(store.state.value)).toEqual([4, 3, 2, 1]);
  store.end();
  vi.useRealTimers();
});
