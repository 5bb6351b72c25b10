/** Who reports for a table, and who did and is gone. */

import { useCell } from "../../cell";
import { momentText } from "../../format";
import { Lamp } from "../../parts/lamp";
import { Age, Until } from "./age";
import type { GoneReporter, Reporter } from "./table";
import type { TableFeed } from "./table_feed";
import { useIsLinked } from "./use_feed";

/** Where the credentials travel tells the dialects apart; the letter is what the docs call them. */
const DIALECTS: Record<string, string> = {
  a: "query style",
  b: "first message",
  c: "smart client",
  d: "StudioAPI",
};

export function dialectText(dialect: string): string {
  const letter = dialect.toLowerCase();
  return DIALECTS[letter] ? `${letter.toUpperCase()}, ${DIALECTS[letter]}` : dialect;
}

export function PresencePanel({ feed }: { feed: TableFeed }) {
  const presence = useCell(feed.presence);
  const isLinked = useIsLinked();
  const reporters = presence?.reporters ?? [];
  const gone = presence?.gone ?? [];
  return (
    <section class={`panel ${isLinked ? "" : "not-live"}`} aria-labelledby="presence-title" data-testid="presence">
      <div class="panel-head">
        <h2 id="presence-title">Who reports</h2>
        {!isLinked && <span class="tag">not live</span>}
      </div>
      {!reporters.length && !gone.length && <p class="empty-line">Nobody has reported for this table.</p>}
      <ul class="reporters">
        {reporters.map((one) => (
          <ReporterRow key={one.link} reporter={one} />
        ))}
        {gone.map((one) => (
          <GoneRow key={`gone-${one.device}`} gone={one} />
        ))}
      </ul>
    </section>
  );
}

function ReporterRow({ reporter }: { reporter: Reporter }) {
  const { rtt_ms } = reporter;
  return (
    <li class="reporter" data-testid={`reporter-${reporter.device}`}>
      <Lamp tone="ok" />
      <strong>{reporter.device || "(no device name)"}</strong>
      <span class="reporter-last">
        <Age at={reporter.last} never="nothing yet" />
      </span>
      <p class="quiet">
        {reporter.address} · {dialectText(reporter.dialect)}
        <br />
        since {momentText(reporter.since)}
        {rtt_ms !== null && ` · round trip ${rtt_ms < 10 ? rtt_ms.toFixed(1) : Math.round(rtt_ms)} ms`}
      </p>
    </li>
  );
}

function GoneRow({ gone }: { gone: GoneReporter }) {
  const { due, lost, reason } = gone;
  const isTrouble = lost || due !== null;
  return (
    <li class={`reporter reporter-gone ${isTrouble ? "reporter-missed" : ""}`} data-testid={`gone-${gone.device}`}>
      <Lamp tone={isTrouble ? "warn" : "idle"} />
      <strong>{gone.device || "(no device name)"}</strong>
      <span class="reporter-last">
        gone <Age at={gone.since} never="" />
      </span>
      <p class="quiet">
        {reason}
        {isTrouble && (
          <span class="reporter-due">
            {due && !lost ? (
              <Until to={due} before="its fields become stale in" passed="its fields become stale" />
            ) : (
              "its fields are stale"
            )}
          </span>
        )}
      </p>
    </li>
  );
}
