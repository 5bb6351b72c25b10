/** What is said of a sink: who may see it, how bad it is, how far behind, and at what pace. */

import { countText, durationText, plural } from "../format";
import type { Me, SinkInfo, SinkState } from "../protocol";
import type { Tone } from "./lamp";

/** Sinks reach beyond any one gateway, and a target's words may quote what was recorded. */
export function maySeeSinks(me: Me): boolean {
  return me.role === "admin" && me.gateways === null;
}

const TONES: Record<SinkState, Tone> = {
  running: "ok",
  starting: "idle",
  stopped: "idle",
  waiting: "warn",
  parked: "warn",
  orphaned: "warn",
  held: "bad",
};

export function toneOfSink(state: string): Tone {
  return TONES[state as SinkState] ?? "idle";
}

// The worst first: held delivers nothing and waits for a person, parked holds some lanes back and waits for a person,
// waiting goes on by itself, orphaned hurts only the disk.
const TROUBLE: readonly SinkState[] = ["held", "parked", "waiting", "orphaned"];

export interface SinkTrouble {
  /** The worst state that any sink is in. */
  state: SinkState;
  tone: Tone;
  /** Which sinks: the name of the only one, or how many. */
  who: string;
  /** Every sink in trouble with its reason, a line each. */
  title: string;
}

/** What the lamp tells; null when nothing is wrong. */
export function troubleOf(sinks: readonly SinkInfo[]): SinkTrouble | null {
  const troubled = sinks.filter((sink) => TROUBLE.includes(sink.state));
  const state = TROUBLE.find((one) => troubled.some((sink) => sink.state === one));
  if (!state) return null;
  const who = troubled.length === 1 ? troubled[0]!.name : `${troubled.length} of ${sinks.length}`;
  return { state, tone: toneOfSink(state), who, title: troubled.map(lineOf).join("\n") };
}

function lineOf(sink: SinkInfo): string {
  return [`${sink.name}: ${sink.state}`, reasonText(sink) || sink.reason].filter(Boolean).join(", ");
}

/** Recorded and not carried out yet: `1 204 events behind`. */
export function behindText(sink: SinkInfo): string {
  if (sink.behind_bytes === null) return "not counted";
  return sink.behind_events === 0 ? "nothing waits" : `${plural(sink.behind_events, "event")} behind`;
}

// The server's rate is a mean over the last minute; in these states it is an echo, and nothing goes out.
const STANDING: readonly SinkState[] = ["waiting", "held", "stopped", "orphaned"];

/** How long the rest takes at the present rate; empty when there is no rest. */
export function paceText(sink: SinkInfo): string {
  if (sink.behind_bytes === null || sink.behind_events === 0) return "";
  if (sink.behind_hours === null || STANDING.includes(sink.state)) return "moves nothing now";
  const seconds = sink.behind_hours * 3600;
  const time = `${seconds < 60 ? "under a minute" : `about ${durationText(seconds)}`} at the present rate`;
  return sink.parked ? `${time}, parked lanes aside` : time;
}

/** Why a sink is in its state; empty where its line says so already. */
export function reasonText(sink: SinkInfo): string {
  if (sink.state === "parked") return "";
  // The server's own words name the command that a person at a terminal would type.
  return sink.state === "orphaned" ? "gone from the settings; its events are kept until it is forgotten" : sink.reason;
}

/** `3 parked`; empty for none. */
export function parkedText(sink: SinkInfo): string {
  return sink.parked === 0 ? "" : `${countText(sink.parked)} parked`;
}

/** Stored bytes, in the unit that leaves few digits. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let size = bytes / 1000;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${size < 9.95 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}
