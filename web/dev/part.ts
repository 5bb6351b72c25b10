/** What a house adds to the mock: topics of its own, answers to its routes, ends of its commands. */

import type { MockHub } from "./hub.ts";

/** A status and a JSON value; a string goes out as CSV. */
export type Answer = [status: number, value: unknown];

export interface Ordered {
  id: string;
  unit: string;
  name: string;
  params: Record<string, unknown>;
  reason: string;
}

export interface CommandEnd {
  kind: "done" | "refused";
  text: string;
}

/** Tells how far a command is that was answered with "later": first null for sent, then its end. */
export type Tell = (end: CommandEnd | null) => void;

/** How a part tells the journal and the hub. */
export interface MockDesk {
  readonly hub: MockHub;
  record(kind: string, data: Record<string, unknown>, stream: string): void;
}

export interface MockPart {
  /** Its entry of `lineside/gateways`. */
  gateway(): Record<string, unknown>;
  /** Its entries of GET /api/units. */
  units(): Record<string, unknown>[];
  /** The answer to a request, null when the route is not its own. */
  answer(method: string, path: string, query: URLSearchParams, body: Record<string, unknown>): Answer | null;
  /** Carry out a command of one of its units: how it ended, "later" when it tells by itself, null when not its own. */
  perform(ordered: Ordered, tell: Tell): CommandEnd | "later" | null;
  /** `POST /mock` was called: take what is its own. */
  turn(changes: Record<string, unknown>): void;
}
