/** The form for a code: what is typed, what is wrong with it, and the command that it makes. */

import { durationText } from "../../format";

export interface CodeForm {
  source: "generated" | "own";
  code: string;
  span: "for" | "until";
  amount: string;
  unit: "min" | "h" | "d";
  /** As an `<input type="datetime-local">` says it, in the reader's own zone. */
  until: string;
  once: boolean;
  label: string;
  reason: string;
}

export type CodeField = "code" | "amount" | "until";

export const EMPTY_FORM: CodeForm = {
  source: "generated",
  code: "",
  span: "for",
  amount: "8",
  unit: "h",
  until: "",
  once: false,
  label: "",
  reason: "",
};

const UNIT_MINUTES: Record<CodeForm["unit"], number> = { min: 1, h: 60, d: 1440 };
// The range that the protocol can say.
export const MINUTES_MAX = 65_535;
export const CODE_DIGITS_MAX = 8;
export const LABEL_MAX = 64;

export function minutesOf(form: CodeForm): number {
  const amount = Number(form.amount.replace(",", "."));
  return form.amount.trim() === "" ? NaN : Math.round(amount * UNIT_MINUTES[form.unit]);
}

/** What keeps the form from being sent; empty when nothing does. */
export function troubleOf(form: CodeForm, now: number): Partial<Record<CodeField, string>> {
  const trouble: Partial<Record<CodeField, string>> = {};
  if (form.source === "own" && !/^[0-9]{1,8}$/.test(form.code)) {
    trouble.code = `a code has 1 to ${CODE_DIGITS_MAX} digits, as the board's keypad takes them`;
  }
  if (form.span === "for") {
    const minutes = minutesOf(form);
    if (!(minutes >= 1 && minutes <= MINUTES_MAX)) trouble.amount = "from 1 minute to 45 days";
  } else {
    const minutes = (Date.parse(form.until) - now) / 60_000;
    if (Number.isNaN(minutes)) trouble.until = "a day and a time";
    else if (minutes <= 0) trouble.until = "that is over already";
    else if (minutes > MINUTES_MAX) trouble.until = "no more than 45 days from now";
  }
  return trouble;
}

/** The parameters of `set_code`; call it with a form that has no trouble. */
export function paramsOf(form: CodeForm, cell: number): Record<string, unknown> {
  return {
    cell,
    ...(form.source === "own" && { code: form.code }),
    ...(form.span === "for" ? { minutes: minutesOf(form) } : { until: new Date(form.until).toISOString() }),
    ...(form.once && { once: true }),
    ...(form.label.trim() && { label: form.label.trim() }),
  };
}

/** When the code ends, in words: `ends Fri 21 Nov, 14:03, in 8 h`. Empty while the form does not say. */
export function endText(form: CodeForm, now: number, locale?: string): string {
  const end = form.span === "for" ? now + minutesOf(form) * 60_000 : Date.parse(form.until);
  if (!Number.isFinite(end) || end <= now || end > now + MINUTES_MAX * 60_000) return "";
  const when = new Date(end).toLocaleString(locale, {
    ...({ weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false } as const),
  });
  return `ends ${when}, in ${durationText((end - now) / 1000)}`;
}

/** A moment as `<input type="datetime-local">` wants it. */
export function localMoment(at: number): string {
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 16);
}
