/** One cell: what is known of it, its code, and what happened there. */

import { useState } from "preact/hooks";

import { useCell } from "../../cell";
import { type Entry, isEnded } from "../../commands";
import { durationText, momentText } from "../../format";
import { CommandProgress } from "../../parts/command_progress";
import { usePage } from "../../parts/context";
import type { LockerCell } from "./board";
import { faceOf, hasCode, meaningOf } from "./cell_face";
import { CodeDialog } from "./code_dialog";
import { Ask } from "./dialog";
import { Glyph, OpenedGlyph, WarnGlyph } from "./glyphs";
import { CellHistory } from "./history";
import { Reveal } from "./reveal";
import { useRefusal, useServerNow } from "./use_board";

interface Props {
  unit: string;
  cell: LockerCell | undefined;
  isLive: boolean;
  onLeave(): void;
}

export function CellPanel({ unit, cell, isLive, onLeave }: Props) {
  if (!cell) {
    return (
      <section class="panel cell-panel" aria-label="Cell" data-testid="cell-panel">
        <div class="panel-head">
          <h2>Cell</h2>
        </div>
        <p class="empty-line">Choose a door to see its code and its history, or to set a code.</p>
      </section>
    );
  }
  return <ChosenCell key={cell.cell} unit={unit} cell={cell} isLive={isLive} onLeave={onLeave} />;
}

function ChosenCell({ unit, cell, isLive, onLeave }: Props & { cell: LockerCell }) {
  const now = useServerNow(1000);
  const { look, word, isOpenedNow, lacksLock } = faceOf(cell, now);
  return (
    <section
      class={`panel cell-panel ${isLive ? "" : "not-live"}`}
      aria-labelledby="cell-title"
      data-testid="cell-panel"
      data-look={look}
    >
      <div class="panel-head">
        <h2 class="cell-title" id="cell-title">
          Cell {cell.cell}
        </h2>
        <span class={`look-chip look-${look}`} data-testid="cell-state">
          <Glyph look={look} />
          {word}
        </span>
        {!isLive && <span class="tag">not live</span>}
        <span class="spring" />
        <button type="button" class="small" aria-label="Close the cell" onClick={onLeave}>
          ✕
        </button>
      </div>
      <p class="cell-meaning">{meaningOf(look)}</p>
      {isOpenedNow && (
        <p class="cell-note cell-opened">
          <OpenedGlyph /> Opened just now, {momentText(cell.opened_at ?? "", now)}.
        </p>
      )}
      {lacksLock && (
        <p class="cell-note cell-lacking">
          <WarnGlyph /> The board's self-test finds no lock at this cell.
        </p>
      )}
      <Facts unit={unit} cell={cell} now={now} />
      <Orders unit={unit} cell={cell} />
      <CellHistory unit={unit} cell={cell.cell} />
    </section>
  );
}

function Facts({ unit, cell, now }: { unit: string; cell: LockerCell; now: number }) {
  const refusal = useRefusal();
  const withCode = hasCode(cell);
  return (
    <dl class="facts">
      {cell.label && <Fact name="Label">{cell.label}</Fact>}
      {withCode && (
        <Fact name="Code">
          <Reveal unit={unit} cell={cell.cell} refusal={refusal} />
        </Fact>
      )}
      {withCode && cell.expires_at && (
        <Fact name="Until">
          {momentText(cell.expires_at, now)}{" "}
          <span class="quiet">{leftText(cell.expires_at, now)}</span>
        </Fact>
      )}
      {withCode && !cell.expires_at && cell.minutes > 0 && (
        <Fact name="Until">
          {durationText(cell.minutes * 60)} <span class="quiet">by the board's own clock</span>
        </Fact>
      )}
      {withCode && cell.once && <Fact name="Opens">once</Fact>}
      {cell.set_at && (
        <Fact name="Set">
          {momentText(cell.set_at, now)} <span class="quiet">{cell.set_by && `by ${cell.set_by}`}</span>
        </Fact>
      )}
      <Fact name="Opened">{cell.opened_at ? momentText(cell.opened_at, now) : <span class="quiet">not seen yet</span>}</Fact>
      <Fact name="Lock">{cell.lock === null ? "not reported" : cell.lock ? "attached" : "none found"}</Fact>
      {cell.row !== null && cell.column !== null && (
        <Fact name="Place">
          row {cell.row + 1}, column {cell.column + 1}
        </Fact>
      )}
    </dl>
  );
}

function leftText(until: string, now: number): string {
  const seconds = (Date.parse(until) - now) / 1000;
  return seconds > 0 ? `in ${durationText(seconds)}` : "over";
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

type Question = "code" | "revoke" | null;

function Orders({ unit, cell }: { unit: string; cell: LockerCell }) {
  const { session } = usePage();
  const refusal = useRefusal();
  const entry = newestOf(useCell(session.commands.entries), unit, cell.cell);
  const [question, ask] = useState<Question>(null);
  const isRunning = entry !== undefined && !isEnded(entry.stage);
  const withCode = hasCode(cell);
  return (
    <div class="cell-orders" data-testid="cell-orders">
      <div class="cell-buttons">
        <button
          type="button"
          class={withCode ? "" : "go"}
          disabled={Boolean(refusal)}
          title={refusal}
          onClick={() => ask("code")}
          data-testid="set-code"
        >
          {withCode ? "Replace code…" : "Set code…"}
        </button>
        <button
          type="button"
          disabled={Boolean(refusal) || !withCode}
          title={refusal || (withCode ? "" : "there is no code of ours to revoke")}
          onClick={() => ask("revoke")}
          data-testid="revoke-code"
        >
          Revoke…
        </button>
      </div>
      {refusal && <p class="control-note">Not now: {refusal}</p>}
      {entry && <CommandProgress entry={entry} />}
      {isRunning && <p class="quiet order-note">Done is said when a report of the board shows it.</p>}
      {question === "code" && <CodeDialog unit={unit} cell={cell} onEnd={() => ask(null)} />}
      {question === "revoke" && (
        <Ask
          title={`Revoke the code of cell ${cell.cell}?`}
          action="Revoke code"
          onCancel={() => ask(null)}
          onConfirm={(reason) => {
            ask(null);
            void session.commands.ask(unit, "revoke_code", { cell: cell.cell }, reason);
          }}
        >
          <p>
            The board learns of it with the reply to its next report. Until then, and for as long as it is away, the code
            may still open the cell.
          </p>
        </Ask>
      )}
    </div>
  );
}

/** The newest command of this page about a cell; those of others do not say their cell. */
export function newestOf(entries: readonly Entry[], unit: string, cell: number): Entry | undefined {
  return entries.find((entry) => entry.unit === unit && entry.params?.["cell"] === cell);
}
