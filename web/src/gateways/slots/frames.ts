/** The tail of the raw traffic, and what a frame is, as far as its first bytes tell. */

import type { Frame } from "./machine";

const POLLS: Record<string, string> = {
  "01": "lock out play",
  "02": "enable play",
  "1a": "current credits",
  "1b": "handpay",
  "1f": "machine and game",
  "0e": "real-time events",
  "21": "ROM signature",
  "2f": "meters",
  "48": "last bill",
  "4d": "validation record",
  "51": "number of games",
  "53": "one game",
  "54": "SAS version and serial",
  "56": "enabled games",
  "6f": "meters",
  "72": "AFT transfer",
  "73": "AFT registration",
  "74": "AFT state",
  "7b": "validation settings",
  "7e": "date and time",
  "7f": "set date and time",
  "94": "reset handpay",
  a0: "features",
  af: "meters",
  b1: "denomination",
  b2: "denominations",
};

/** A general poll, or the answer that there is nothing to tell: most of the traffic, and no news. */
export function isIdle(frame: Frame): boolean {
  if (frame.outgoing) return frame.note === "poll" && /^[89a-f][0-9a-f]$/i.test(frame.hex) && frame.hex !== "80";
  return frame.hex === "00";
}

/** `long poll 6F: meters · repeat`; what the words say already is not said again. */
export function frameText(frame: Frame): string {
  const what = whatIs(frame);
  return what && frame.note && !what.includes(frame.note) ? `${what} · ${frame.note}` : what || frame.note;
}

function whatIs({ hex, outgoing }: Frame): string {
  const bytes = hex.toLowerCase().split(" ");
  if (bytes.length === 1) {
    const byte = Number.parseInt(hex, 16);
    if (outgoing) return byte === 0x80 ? "acknowledges" : byte > 0x80 ? `general poll of ${byte - 0x80}` : "";
    return byte === 0 ? "nothing to tell" : "";
  }
  const command = bytes[1]!;
  const name = Object.hasOwn(POLLS, command) ? `: ${POLLS[command]}` : "";
  return `${outgoing ? "long poll" : "answer to"} ${command.toUpperCase()}${name}`;
}

/** The newest values that came, newest first; older ones are dropped. */
export class Tail<T> {
  readonly #max: number;
  #items: readonly T[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  add(item: T): void {
    this.#items = [item, ...this.#items.slice(0, this.#max - 1)];
  }

  get items(): readonly T[] {
    return this.#items;
  }
}
