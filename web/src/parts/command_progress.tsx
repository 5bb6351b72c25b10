/** One command on its way: accepted, sent, and its end; drawn as a line with stations. */

import { type Entry, isEnded, type Stage } from "../commands";
import { timeText } from "../format";

const STATIONS: readonly Stage[] = ["accepted", "sent"];

const ENDS: Record<string, string> = {
  done: "done",
  refused: "refused",
  expired: "expired",
  failed: "not accepted",
  unknown: "unknown",
};

export function CommandProgress({ entry }: { entry: Entry }) {
  const { stage } = entry;
  const end = isEnded(stage) || stage === "unknown" ? ENDS[stage]! : "done";
  return (
    <div class="progress" data-testid="command-progress" data-command={entry.name} data-state={stage}>
      <p class="progress-head" role="status">
        <strong>{entry.name}</strong> <span class="quiet">{timeText(entry.askedAt)}</span>
        {entry.report && !entry.params && <span class="quiet">by {entry.report.actor}</span>}
        <span class="unseen">{ENDS[stage] ?? stage}</span>
      </p>
      <ol class="stations" aria-hidden="true">
        {STATIONS.map((station) => (
          <li key={station} class={stationClass(station, entry)}>
            {station}
          </li>
        ))}
        <li class={endClass(stage)}>{end}</li>
      </ol>
      {textOf(entry) && <p class="progress-text">{textOf(entry)}</p>}
    </div>
  );
}

const PASSED: Record<Stage, number> = {
  asking: 0,
  failed: 0,
  accepted: 1,
  sent: 2,
  unknown: 2,
  done: 2,
  expired: 2,
  refused: 2,
};

function stationClass(station: Stage, entry: Entry): string {
  const index = STATIONS.indexOf(station);
  if (entry.stage === "failed") return "station station-skipped";
  if (index < PASSED[entry.stage]) return "station station-passed";
  return index === PASSED[entry.stage] ? "station station-next" : "station";
}

function endClass(stage: Stage): string {
  if (stage === "done") return "station station-passed station-done";
  if (stage === "unknown") return "station station-unknown";
  if (isEnded(stage)) return "station station-bad";
  return stage === "sent" ? "station station-next" : "station";
}

function textOf(entry: Entry): string {
  if (entry.trouble) return entry.trouble;
  const { report } = entry;
  return report?.outcome?.text || report?.note || "";
}
