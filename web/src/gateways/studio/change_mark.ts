/** What of a table makes a row in its history; a report that repeats what is known makes none. */

import type { Presence, TableState } from "./table";

/** Two marks differ when the history has something new. */
export function changeMark(state: TableState | null, presence: Presence | null): string {
  const fields = state?.fields.map((field) => [field.value, field.changed_at]);
  const reporters = presence?.reporters.map((one) => [one.device, one.since]);
  const gone = presence?.gone.map((one) => [one.device, one.since, one.lost]);
  return JSON.stringify([fields, state?.maintenance, state?.custom, reporters, gone]);
}
