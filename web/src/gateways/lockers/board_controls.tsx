/** Block, unblock and reboot, with how far the last order is. */

import { useState } from "preact/hooks";

import { useCell } from "../../cell";
import { isEnded } from "../../commands";
import { CommandProgress } from "../../parts/command_progress";
import { usePage } from "../../parts/context";
import { type BoardState, saysBlocked } from "./board";
import type { BoardFeed } from "./board_feed";
import { Ask } from "./dialog";
import { useRefusal } from "./use_board";

const ORDERS = new Set(["block", "unblock", "reboot", "approve"]);

type Question = "block" | "unblock" | "reboot" | null;

export function BoardControls({ feed }: { feed: BoardFeed }) {
  const { session } = usePage();
  const board = useCell(feed.board);
  const status = useCell(feed.status);
  const refusal = useRefusal();
  const entries = useCell(session.commands.entries).filter((one) => one.unit === feed.unit && ORDERS.has(one.name));
  const [question, ask] = useState<Question>(null);
  const isBlocked = board?.block.wanted ?? status?.blocked ?? false;
  const isRunning = (name: string): boolean => entries.some((one) => one.name === name && !isEnded(one.stage));
  const order = (name: string, reason: string): void => {
    ask(null);
    void session.commands.ask(feed.unit, name, {}, reason);
  };
  return (
    <div class="controls" data-testid="controls">
      <div class="control-buttons">
        {isBlocked ? (
          <button
            type="button"
            class="go"
            disabled={Boolean(refusal) || isRunning("unblock")}
            aria-describedby="control-note"
            onClick={() => ask("unblock")}
            data-testid="unblock"
          >
            Unblock
          </button>
        ) : (
          <button
            type="button"
            class="halt"
            disabled={Boolean(refusal) || isRunning("block")}
            aria-describedby="control-note"
            onClick={() => ask("block")}
            data-testid="block"
          >
            Block
          </button>
        )}
        <button
          type="button"
          disabled={Boolean(refusal) || isRunning("reboot")}
          aria-describedby="control-note"
          onClick={() => ask("reboot")}
          data-testid="reboot"
        >
          Reboot
        </button>
      </div>
      <p class="control-note" id="control-note" data-testid="control-note">
        {refusal ? `Not now: ${refusal}` : noteOf(board)}
      </p>
      {entries[0] && <CommandProgress entry={entries[0]} />}
      {question === "block" && (
        <Ask
          title={`Block ${feed.unit}?`}
          action="Block the board"
          onCancel={() => ask(null)}
          onConfirm={(reason) => order("block", reason)}
        >
          <p>
            The board is told with the reply to its next report, and in every reply until you unblock it. It then opens no
            cell by code. Codes stay as they are. Until that report it goes on as before.
          </p>
        </Ask>
      )}
      {question === "unblock" && (
        <Ask
          title={`Unblock ${feed.unit}?`}
          action="Unblock the board"
          onCancel={() => ask(null)}
          onConfirm={(reason) => order("unblock", reason)}
        >
          <p>From the reply to its next report on, the board may open its cells by code again.</p>
        </Ask>
      )}
      {question === "reboot" && (
        <Ask
          title={`Reboot ${feed.unit}?`}
          action="Reboot the board"
          onCancel={() => ask(null)}
          onConfirm={(reason) => order("reboot", reason)}
        >
          <p>
            The order stands in at most 5 replies and for at most 10 minutes, until the board reports that it has started
            anew. Its codes are sent again with its first report.
          </p>
        </Ask>
      )}
    </div>
  );
}

/** What the board is told in every reply, and whether it says so itself. */
export function noteOf(board: BoardState | null): string {
  if (!board) return "";
  if (board.reboot?.wanted) {
    const left = board.reboot.replies_left;
    return `Reboot is ordered; ${left} ${left === 1 ? "reply" : "replies"} left`;
  }
  const { wanted, confirmed } = board.block;
  if (wanted) return confirmed ? "Blocked; the board says so" : "To be blocked with the next reply";
  return saysBlocked(board) ? "Unblocked here; the board still says blocked" : "Not blocked";
}
