/** A board that waits for a person: why, and what an approval does. */

import { useState } from "preact/hooks";

import { useCell } from "../../cell";
import { isEnded } from "../../commands";
import { plural } from "../../format";
import { usePage } from "../../parts/context";
import type { BoardState } from "./board";
import type { BoardFeed } from "./board_feed";
import { hasCode } from "./cell_face";
import { Ask } from "./dialog";
import { useRefusal } from "./use_board";

export function Approval({ feed }: { feed: BoardFeed }) {
  const { session } = usePage();
  const board = useCell(feed.board);
  const refusal = useRefusal();
  const entry = useCell(session.commands.entries).find((one) => one.unit === feed.unit && one.name === "approve");
  const [isAsking, setAsking] = useState(false);
  if (!board?.pending.is) return null;
  const isRunning = entry !== undefined && !isEnded(entry.stage);
  const words = approvalWords(board);
  return (
    <section class="panel approval" aria-labelledby="approval-title" data-testid="approval">
      <div class="approval-text">
        <h2 id="approval-title">This board waits for your approval</h2>
        <p>
          {board.pending.reason && <>{sentence(board.pending.reason)} </>}Until you approve it, it gets no reply, and keeps
          the codes that it has. You can set codes here before: they go out with the first reply.
        </p>
        <p class="approval-ends">{words.join(" ")}</p>
      </div>
      <button
        type="button"
        class="go"
        disabled={Boolean(refusal) || isRunning}
        title={refusal}
        onClick={() => setAsking(true)}
        data-testid="approve"
      >
        Approve…
      </button>
      {isAsking && (
        <Ask
          title={`Approve ${feed.unit}?`}
          action="Approve and reply"
          onCancel={() => setAsking(false)}
          onConfirm={(reason) => {
            setAsking(false);
            void session.commands.ask(feed.unit, "approve", {}, reason);
          }}
        >
          {words.map((line) => (
            <p key={line}>{line}</p>
          ))}
          <p>This cannot be taken back: lineside never knew the board's old codes.</p>
        </Ask>
      )}
    </section>
  );
}

// More numbers than this are counted and not read.
const CELLS_NAMED_MAX = 12;

/** What the board's first reply does to its codes: it replaces them all. */
export function approvalWords(board: Pick<BoardState, "cells">): string[] {
  const ours = board.cells.filter(hasCode).length;
  const foreign = board.cells.filter((cell) => cell.engaged && !hasCode(cell)).map((cell) => cell.cell);
  const list = ours ? `${plural(ours, "code")} set here` : "a list without any code";
  const words = [`An approval replaces every code on the board: its next report is answered with ${list}.`];
  if (foreign.length) {
    const named = foreign.slice(0, CELLS_NAMED_MAX).join(", ");
    const more = foreign.length > CELLS_NAMED_MAX ? ` and ${foreign.length - CELLS_NAMED_MAX} more` : "";
    const verb = foreign.length === 1 ? "its code ends" : "their codes end";
    words.push(`The board holds codes for ${foreign.length === 1 ? "cell" : "cells"} ${named}${more}: ${verb}.`);
  }
  return words;
}

function sentence(text: string): string {
  const end = /[.!?]$/.test(text) ? "" : ".";
  return text.charAt(0).toUpperCase() + text.slice(1) + end;
}
