/** Numbers, times and names for people. */

/** A duration as short as it can be told: `0.4 s`, `12 s`, `3 min`, `2 h 5 min`, `4 d`. */
export function durationText(seconds: number): string {
  const s = Math.max(0, seconds);
  if (s < 0.95) return `${s.toFixed(1)} s`;
  if (s < 60) return `${Math.round(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86_400) {
    const minutes = Math.floor((s % 3600) / 60);
    return `${Math.floor(s / 3600)} h${minutes ? ` ${minutes} min` : ""}`;
  }
  return `${Math.floor(s / 86_400)} d`;
}

const two = (n: number): string => String(n).padStart(2, "0");

/** Time of day in the reader's own zone: `14:03:22`, with milliseconds if asked. */
export function timeText(at: Date | number, withMs = false): string {
  const date = typeof at === "number" ? new Date(at) : at;
  if (Number.isNaN(date.getTime())) return "–";
  const text = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return withMs ? `${text}.${String(date.getMilliseconds()).padStart(3, "0")}` : text;
}

/** Time of day, with the date in front when it is not today's. */
export function momentText(at: string | number | Date, now: number = Date.now(), withMs = false): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "–";
  const today = new Date(now);
  const isToday = date.toDateString() === today.toDateString();
  const day = isToday ? "" : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} `;
  return day + timeText(date, withMs);
}

/** A reading: integers as they are, fractions with two or one decimals. */
export function readingText(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (Number.isInteger(value)) return String(value).replace("-", "−");
  return value.toFixed(Math.abs(value) < 10 ? 2 : 1).replace("-", "−");
}

/** Thousands apart by a thin space: `1 204 331`. */
export function countText(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, " ");
}

/** A name of the protocol in words: `LOW_BATTERY` → `low battery`. */
export function wordsFromName(name: string): string {
  return name.replaceAll("_", " ").toLowerCase();
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `1 unit`, `3 units`. */
export function plural(count: number, word: string): string {
  return `${countText(count)} ${word}${count === 1 ? "" : "s"}`;
}
