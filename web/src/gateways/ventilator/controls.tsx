/** START and STOP, with how far the last one is. */

import { useState } from "preact/hooks";

import { useCell } from "../../cell";
import { isEnded } from "../../commands";
import { CommandProgress } from "../../parts/command_progress";
import { Confirm } from "../../parts/confirm";
import { usePage } from "../../parts/context";
import type { UnitFeed } from "./unit_feed";

export function Controls({ feed }: { feed: UnitFeed }) {
  const { session } = usePage();
  const status = useCell(feed.status);
  const link = useCell(session.live.status);
  const entries = useCell(session.commands.entries).filter(
    (entry) => entry.unit === feed.unit && (entry.name === "START" || entry.name === "STOP"),
  );
  const [isAsking, setAsking] = useState(false);

  const refusal = refusalOf({
    isLinked: link.phase === "connected",
    isOperator: session.may("operator"),
    isConnected: status?.connected ?? false,
    reason: status?.reason ?? "nothing was heard of it",
  });
  const open = entries.find((entry) => !isEnded(entry.stage));
  const isRunning = (name: string): boolean => open?.name === name;
  const isBreathing = status?.breathing ?? (status?.fsm_name != null && status.fsm_name !== "IDLE");

  return (
    <div class="controls" data-testid="controls">
      <div class="control-buttons">
        <button
          type="button"
          class="go"
          disabled={Boolean(refusal) || isRunning("START")}
          aria-describedby="control-note"
          data-testid="start"
          onClick={() => void session.commands.ask(feed.unit, "START")}
        >
          Start
        </button>
        <button
          type="button"
          class="halt"
          disabled={Boolean(refusal) || isRunning("STOP")}
          aria-describedby="control-note"
          data-testid="stop"
          onClick={() => setAsking(true)}
        >
          Stop
        </button>
      </div>
      <p class="control-note" id="control-note" data-testid="control-note">
        {refusal ? `Not now: ${refusal}` : status ? (isBreathing ? "Breathing" : "At rest") : ""}
      </p>
      {entries[0] && <CommandProgress entry={entries[0]} />}
      {isAsking && (
        <Confirm
          title={`Stop ${feed.unit}?`}
          text="The machine ends the present breath and goes to idle. The order and your reason are recorded."
          action="Stop breathing"
          onCancel={() => setAsking(false)}
          onConfirm={(reason) => {
            setAsking(false);
            void session.commands.ask(feed.unit, "STOP", {}, reason);
          }}
        />
      )}
    </div>
  );
}

interface Facts {
  isLinked: boolean;
  isOperator: boolean;
  isConnected: boolean;
  reason: string;
}

/** Why nothing can be ordered now; empty when it can. */
export function refusalOf(facts: Facts): string {
  if (!facts.isLinked) return "this page is not connected to lineside";
  if (!facts.isOperator) return "your role may look but not steer";
  if (!facts.isConnected) return facts.reason || "the ventilator is not connected";
  return "";
}
