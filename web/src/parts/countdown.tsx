/** Seconds until something is tried again, by the server's clock. */

import { durationText } from "../format";
import { usePage } from "./context";
import { useTicking } from "./ticking";

export function Countdown({ to, before }: { to: string; before: string }) {
  const { session } = usePage();
  useTicking(500);
  const seconds = (Date.parse(to) - session.api.clock.now()) / 1000;
  return <p class="countdown">{seconds > 0.5 ? `${before} ${durationText(Math.ceil(seconds))}` : "trying now"}</p>;
}
