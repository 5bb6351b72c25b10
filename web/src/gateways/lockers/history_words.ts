/** The events of a board as a person would tell them. */

import { durationText, momentText, wordsFromName } from "../../format";
import { alarmWords, channelName } from "./alarm_words";
import type { HistoryEvent } from "./routes";

export type Tone = "" | "warn" | "code" | "door";

export interface Told {
  text: string;
  tone: Tone;
  /** Who did it and why, where the event says so. */
  by: string;
}

type Data = Record<string, unknown>;
type Teller = (data: Data) => string;

const text = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");
const quoted = (value: unknown): string => (text(value) ? ` “${text(value)}”` : "");
const until = (value: unknown): string => (text(value) ? `, until ${momentText(text(value))}` : "");

function spanText(data: Data): string {
  const minutes = data["minutes"];
  return typeof minutes === "number" && minutes > 0 ? ` for ${durationText(minutes * 60)}` : "";
}

function spanOf(seconds: unknown): string {
  return typeof seconds === "number" ? durationText(seconds) : "a while";
}

function sentText(data: Data): string {
  const cells = Array.isArray(data["cells"]) ? data["cells"] : [];
  const parts = [
    cells.length ? `codes of ${cells.length === 1 ? "cell" : "cells"} ${cells.join(", ")}` : "",
    data["block"] ? "blocked or not" : "",
    data["reboot"] ? "the order to reboot" : "",
  ].filter(Boolean);
  return `told the board: ${parts.join("; ") || "what is wanted"}`;
}

const TELLERS: Record<string, Teller> = {
  CellOpened: (data) => (data["repeat"] ? "opened (reported again)" : "opened"),
  CellTimedOut: () => "time ran out, says the board",
  CodeSet: (data) => `code set${quoted(data["label"])}${spanText(data)}${until(data["expires_at"])}`,
  CodeConfirmed: () => "the board holds the code",
  CodeRevoked: () => "code revoked",
  RevocationConfirmed: () => "the board has let go of the code",
  CodeUsed: () => "one-time code used up",
  ExpiryMoved: (data) => `end of the code moved, since the clock was wrong${until(data["expires_at"])}`,
  OrdersSent: sentText,
  CodeExpired: () => "code ended: its time is over",
  CodeRead: (data) => `code shown to ${text(data["reader"]) || "somebody"}`,
  AlarmRaised: (data) => `alarm: ${alarmWords(text(data["name"])).title}`,
  AlarmCleared: (data) => `alarm over: ${alarmWords(text(data["name"])).title}`,
  BoardRegistered: (data) =>
    text(data["pending"]) ? `first report; waits for approval: ${text(data["pending"])}` : "first report of this board",
  BoardBlocked: () => "board to be blocked",
  BoardUnblocked: () => "board to be unblocked",
  BlockConfirmed: (data) => (data["blocked"] ? "the board says that it is blocked" : "the board is blocked no more"),
  RebootOrdered: () => "reboot ordered",
  RebootFailed: () => "the board did not reboot",
  BoardAway: (data) => `no report for ${spanOf(data["silence_s"])}`,
  BoardReturned: (data) => `reports again, after ${spanOf(data["away_s"])}`,
  BoardRebooted: (data) => (data["implied"] ? "board has started anew (seen from its numbers)" : "board has started anew"),
  LayoutChanged: (data) => `layout is now ${text(data["columns"]) || "?"} × ${text(data["rows"]) || "?"}`,
  PossibleClone: () => "reports of this ID came from two addresses",
  BoardApproved: () => "board approved",
  ChannelChanged: (data) => `reports come over ${channelName(data["channel"] as number | null)}`,
};

/** What other events of the house say better, or what only programs want to know. */
const UNTOLD = new Set(["CommandAccepted", "CommandSent", "Carried", "Reported"]);

/** Whether an event is a line of the history: the end of a command is only when it went wrong. */
export function isTold(event: Pick<HistoryEvent, "kind" | "data">): boolean {
  if (event.kind === "CommandEnded") return (event.data["outcome"] as Data | undefined)?.["kind"] !== "done";
  return !event.kind.startsWith("Heard") && !UNTOLD.has(event.kind);
}

const CODE = /^(Code|Revocation)/;
const WARN = /^(AlarmRaised|PossibleClone|LayoutChanged|RebootFailed|BoardAway)$/;
const DOOR = /^Cell/;

export function toldOf(event: Pick<HistoryEvent, "kind" | "data">): Told {
  const { kind, data } = event;
  const tone = WARN.test(kind) ? "warn" : CODE.test(kind) ? "code" : DOOR.test(kind) ? "door" : "";
  const teller = TELLERS[kind];
  if (teller) return { text: teller(data), tone, by: byText(data) };
  if (kind === "CommandEnded") return endTold(data["outcome"] as Data | undefined);
  return { text: wordsFromKind(kind), tone, by: byText(data) };
}

/** `LayoutChanged` → `layout changed`. */
export function wordsFromKind(kind: string): string {
  return wordsFromName(kind.replace(/([a-z0-9])([A-Z])/g, "$1_$2"));
}

function byText(data: Data): string {
  const by = text(data["by"]) || text(data["actor"]);
  const reason = text(data["reason"]);
  return [by && `by ${by}`, reason && `“${reason}”`].filter(Boolean).join(", ");
}

function endTold(outcome: Data | undefined): Told {
  const kind = text(outcome?.["kind"]) || "ended";
  const why = text(outcome?.["text"]);
  return { text: `command ${kind}${why && `: ${why}`}`, tone: kind === "done" ? "" : "warn", by: "" };
}

/** The cell that an event is about; null when it is about the whole board. */
export function cellOf(event: Pick<HistoryEvent, "data">): number | null {
  const own = event.data["cell"];
  if (typeof own === "number") return own;
  const params = (event.data["command"] as { params?: Data } | undefined)?.params;
  return typeof params?.["cell"] === "number" ? params["cell"] : null;
}
