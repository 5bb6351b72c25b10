import { expect, test } from "vitest";

import type { Phase } from "../../../src/gateways/lockers/board";
import {
  countLooks,
  faceOf,
  hasCode,
  LOOKS,
  meaningOf,
  OPENED_NOW_MS,
  restText,
  spokenCell,
  WORDS,
} from "../../../src/gateways/lockers/cell_face";
import { cell, inMinutes, NOW } from "./cells";

test("every look has a word of its own and a meaning", () => {
  expect(new Set(LOOKS.map((look) => WORDS[look])).size).toBe(LOOKS.length);
  for (const look of LOOKS) expect(meaningOf(look)).toMatch(/\.$/);
});

test("a free cell without a lock is told from a free one; a missing report of locks is no missing lock", () => {
  expect(faceOf(cell(1, { lock: false }), NOW).look).toBe("no_lock");
  expect(faceOf(cell(1, { lock: null }), NOW).look).toBe("free");
});

test("a code at a cell without a lock stays a code, and is marked", () => {
  const face = faceOf(cell(1, { lock: false, phase: "confirmed" }), NOW);
  expect([face.look, face.lacksLock]).toEqual(["confirmed", true]);
  expect(faceOf(cell(1, { lock: false }), NOW).lacksLock).toBe(false);
});

test("a cell was opened just now for a minute, by the server's clock", () => {
  const opened = cell(1, { opened_at: new Date(NOW - OPENED_NOW_MS + 1).toISOString() });
  expect(faceOf(opened, NOW).isOpenedNow).toBe(true);
  expect(faceOf(opened, NOW + 2).isOpenedNow).toBe(false);
  expect(faceOf(cell(1), NOW).isOpenedNow).toBe(false);
});

test("codes of ours are those that are wanted, wherever they are on their way", () => {
  const phases: Phase[] = ["free", "pending", "sent", "confirmed", "revoking", "timed_out", "foreign"];
  expect(phases.filter((phase) => hasCode(cell(1, { phase })))).toEqual(["pending", "sent", "confirmed"]);
});

test("the time left is as short as a door is wide", () => {
  const rest = (minutes: number): string => restText(cell(1, { phase: "confirmed", expires_at: inMinutes(minutes) }), NOW);
  expect([rest(0), rest(0.5), rest(59), rest(120), rest(4800)]).toEqual(["over", "1 m", "59 m", "2 h", "3 d"]);
  expect(restText(cell(1, { phase: "free", expires_at: inMinutes(5) }), NOW)).toBe("");
  expect(restText(cell(1, { phase: "confirmed" }), NOW)).toBe("");
});

test("a cell is spoken with all that its door shows", () => {
  const spoken = spokenCell(
    cell(12, { phase: "confirmed", label: "Tools", expires_at: inMinutes(60), lock: false, opened_at: inMinutes(-0.2) }),
    NOW,
  );
  expect(spoken).toMatch(/^Cell 12: code set, Tools, until .*, opened just now, no lock found$/);
});

test("the legend counts each cell once", () => {
  const counts = countLooks([cell(1), cell(2, { lock: false }), cell(3, { phase: "sent" })], NOW);
  expect([...counts]).toEqual([
    ["free", 1],
    ["no_lock", 1],
    ["sent", 1],
  ]);
});
