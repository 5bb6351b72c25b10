/** How old something is, told anew every second by the server's clock. */

import { durationText } from "../../format";
import { usePage } from "../../parts/context";
import { useSeconds } from "./use_feed";

/** `3 s ago`; `never` says what stands there without a moment. */
export function Age({ at, never, before = "" }: { at: string | null; never: string; before?: string }) {
  const { session } = usePage();
  useSeconds();
  if (!at) return <>{never}</>;
  return <time dateTime={at}>{`${before}${ageText(at, session.api.clock.now())}`}</time>;
}

export function ageText(at: string, now: number): string {
  const seconds = (now - Date.parse(at)) / 1000;
  if (Number.isNaN(seconds)) return "–";
  return seconds < 1 ? "just now" : `${durationText(Math.floor(seconds))} ago`;
}

/** `in 12 s`, counting down; `passed` once it is over. */
export function Until({ to, passed, before = "in" }: { to: string; passed: string; before?: string }) {
  const { session } = usePage();
  useSeconds();
  const seconds = (Date.parse(to) - session.api.clock.now()) / 1000;
  return <time dateTime={to}>{seconds > 0 ? `${before} ${durationText(Math.ceil(seconds))}` : passed}</time>;
}
