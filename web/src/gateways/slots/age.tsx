/** How old something is, by the server's clock, told anew every second. */

import { durationText } from "../../format";
import { usePage } from "../../parts/context";
import { useTicking } from "../../parts/ticking";

export function Age({ at, never = "never" }: { at: string | null; never?: string }) {
  const { session } = usePage();
  useTicking(1_000);
  if (!at) return <>{never}</>;
  return <time dateTime={at}>{ageText(at, session.api.clock.now())}</time>;
}

/** `just now`, `3 s ago`. */
export function ageText(at: string, now: number): string {
  const seconds = (now - Date.parse(at)) / 1000;
  if (Number.isNaN(seconds)) return "–";
  return seconds < 1 ? "just now" : `${durationText(Math.floor(seconds))} ago`;
}
