/** What must not be overlooked: a journal that cannot write, a connection that is lost. */

import { useCell } from "../cell";
import { durationText, momentText } from "../format";
import { usePage } from "./context";
import { useTicking } from "./ticking";

export function Banners() {
  const { session } = usePage();
  const journal = useCell(session.journal);
  return (
    <>
      {journal && journal.state !== "ok" && (
        <div class="banner banner-bad" role="alert" data-testid="journal-banner">
          <strong>The journal cannot write: nothing is being acknowledged.</strong>
          <span>
            {journal.reason || journal.state.replace("_", " ")} · since {momentText(journal.since)}
            {journal.state === "damaged" && " · lineside journal repair says what would go"}
          </span>
        </div>
      )}
      <LinkBanner />
    </>
  );
}

// A connection that comes back at once is not worth a banner.
const PATIENCE_MS = 1_500;

function LinkBanner() {
  const { session } = usePage();
  const link = useCell(session.live.status);
  const isLost = link.phase !== "connected" && session.live.heardAt !== null;
  useTicking(500, isLost);
  const silence = performance.now() - (session.live.heardAt ?? performance.now());
  if (!isLost || silence < PATIENCE_MS) return null;
  return (
    <div class="banner banner-warn" role="status" data-testid="link-banner">
      <strong>Not connected to lineside.</strong>
      <span>
        {link.reason ? `${link.reason}; ` : ""}what you see is {durationText(silence / 1000)} old. Missed values are asked
        for when it is back.
      </span>
      <button type="button" class="small" onClick={() => session.live.tryNow()}>
        Try now
      </button>
    </div>
  );
}
