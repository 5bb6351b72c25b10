/** When a maintenance is to end by itself. */

export interface EndChoice {
  value: string;
  text: string;
  /** Null: no end, or the clock time that is typed. */
  minutes: number | null;
}

export const END_CHOICES: readonly EndChoice[] = [
  { value: "none", text: "by hand", minutes: null },
  { value: "15", text: "15 min", minutes: 15 },
  { value: "60", text: "1 h", minutes: 60 },
  { value: "240", text: "4 h", minutes: 240 },
  { value: "at", text: "at …", minutes: null },
];

/** The end as the command wants it: an instant in UTC, null for none. `clock` is `HH:MM` in the reader's zone. */
export function endOf(choice: string, clock: string, now: number): string | null {
  const minutes = END_CHOICES.find((one) => one.value === choice)?.minutes ?? null;
  if (minutes !== null) return new Date(now + minutes * 60_000).toISOString();
  if (choice !== "at") return null;
  const found = /^(\d{1,2}):(\d{2})$/.exec(clock.trim());
  if (!found) return null;
  const [hours, mins] = [Number(found[1]), Number(found[2])];
  if (hours > 23 || mins > 59) return null;
  const end = new Date(now);
  end.setHours(hours, mins, 0, 0);
  // A time of day that has passed means the next one.
  if (end.getTime() <= now) end.setDate(end.getDate() + 1);
  return end.toISOString();
}

/** Why the choice cannot be taken; empty when it can. */
export function endTrouble(choice: string, clock: string, now: number): string {
  return choice === "at" && endOf(choice, clock, now) === null ? "a time of day, such as 17:30" : "";
}
