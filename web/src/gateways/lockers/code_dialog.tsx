/** The dialog that sets the code of a cell. */

import { useState } from "preact/hooks";

import { usePage } from "../../parts/context";
import { Segments } from "../../parts/segments";
import type { LockerCell } from "./board";
import { hasCode } from "./cell_face";
import {
  CODE_DIGITS_MAX,
  type CodeForm,
  EMPTY_FORM,
  endText,
  LABEL_MAX,
  localMoment,
  paramsOf,
  troubleOf,
} from "./code_form";
import { Dialog, ReasonField } from "./dialog";
import { useServerNow } from "./use_board";

const SOURCES = [
  ["generated", "generated"],
  ["own", "my own"],
] as const;
const SPANS = [
  ["for", "for"],
  ["until", "until"],
] as const;
const UNITS = [
  ["min", "minutes"],
  ["h", "hours"],
  ["d", "days"],
] as const;
const SUGGESTED: readonly (readonly [amount: string, unit: CodeForm["unit"], text: string])[] = [
  ["1", "h", "1 h"],
  ["8", "h", "8 h"],
  ["24", "h", "24 h"],
  ["3", "d", "3 d"],
];

interface Props {
  unit: string;
  cell: LockerCell;
  onEnd(): void;
}

export function CodeDialog({ unit, cell, onEnd }: Props) {
  const { session } = usePage();
  const now = useServerNow(1000);
  const [form, setForm] = useState<CodeForm>(EMPTY_FORM);
  const [wasTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [refused, setRefused] = useState("");
  const change = (changes: Partial<CodeForm>): void => setForm((known) => ({ ...known, ...changes }));
  const trouble = troubleOf(form, now);
  const shown = wasTried ? trouble : {};

  const send = async (): Promise<void> => {
    setTried(true);
    if (Object.keys(trouble).length) return;
    const params = paramsOf(form, cell.cell);
    setBusy(true);
    await session.commands.ask(unit, "set_code", params, form.reason.trim());
    setBusy(false);
    const entry = session.commands.entries.value.find((one) => one.params === params);
    const against = entry?.stage === "failed" ? entry.trouble : entry?.stage === "refused" ? outcomeOf(entry) : "";
    if (against) setRefused(against);
    else onEnd();
  };

  return (
    <Dialog
      title={`${hasCode(cell) ? "Replace the code of" : "Set a code for"} cell ${cell.cell}`}
      action={hasCode(cell) ? "Replace code" : "Set code"}
      trouble={refused}
      isBusy={isBusy}
      wide
      onCancel={onEnd}
      onConfirm={() => void send()}
    >
      {hasCode(cell) && <p>The present code ends as soon as the board has the new one.</p>}
      <div class="form-row">
        <span class="form-name">Code</span>
        <Segments
          label="Code"
          value={form.source}
          options={SOURCES}
          onChange={(source) => change({ source: source as CodeForm["source"] })}
        />
        {form.source === "own" ? (
          <input
            class="code-input"
            type="text"
            inputMode="numeric"
            autocomplete="off"
            spellcheck={false}
            maxLength={CODE_DIGITS_MAX}
            aria-label="Digits of the code"
            aria-invalid={Boolean(shown.code)}
            value={form.code}
            onInput={(event) => change({ code: event.currentTarget.value })}
            data-testid="code-input"
          />
        ) : (
          <span class="quiet">no other cell of this board has it; look it up when it is set</span>
        )}
        {shown.code && <span class="trouble form-trouble">{shown.code}</span>}
      </div>
      <Span form={form} now={now} trouble={shown} onChange={change} />
      <label class="check">
        <input
          type="checkbox"
          checked={form.once}
          onChange={(event) => change({ once: event.currentTarget.checked })}
          data-testid="code-once"
        />
        <span>
          One opening only
          <span class="quiet">
            {" "}
            – lineside revokes it when the board reports the cell opened; until that report it opens again
          </span>
        </span>
      </label>
      <label class="field">
        Label, shown on the door
        <input
          type="text"
          maxLength={LABEL_MAX}
          value={form.label}
          onInput={(event) => change({ label: event.currentTarget.value })}
          data-testid="code-label"
        />
      </label>
      <ReasonField value={form.reason} onInput={(reason) => change({ reason })} />
    </Dialog>
  );
}

function outcomeOf(entry: { report: { outcome: { text: string } | null } | null }): string {
  return entry.report?.outcome?.text || "refused";
}

interface SpanProps {
  form: CodeForm;
  now: number;
  trouble: { amount?: string; until?: string };
  onChange(changes: Partial<CodeForm>): void;
}

function Span({ form, now, trouble, onChange }: SpanProps) {
  return (
    <div class="form-row">
      <span class="form-name">Opens</span>
      <Segments
        label="How long"
        value={form.span}
        options={SPANS}
        onChange={(span) =>
          onChange({
            span: span as CodeForm["span"],
            ...(form.until === "" && { until: localMoment(Math.ceil((now + 8 * 3_600_000) / 900_000) * 900_000) }),
          })
        }
      />
      {form.span === "for" ? (
        <>
          <input
            class="amount-input"
            type="text"
            inputMode="decimal"
            autocomplete="off"
            aria-label="How long"
            aria-invalid={Boolean(trouble.amount)}
            value={form.amount}
            onInput={(event) => onChange({ amount: event.currentTarget.value })}
            data-testid="code-amount"
          />
          <select
            aria-label="Unit of time"
            value={form.unit}
            onChange={(event) => onChange({ unit: event.currentTarget.value as CodeForm["unit"] })}
            data-testid="code-unit"
          >
            {UNITS.map(([unit, text]) => (
              <option key={unit} value={unit}>
                {text}
              </option>
            ))}
          </select>
          <span class="suggested">
            {SUGGESTED.map(([amount, unit, text]) => (
              <button
                type="button"
                class="small"
                key={text}
                aria-pressed={form.amount === amount && form.unit === unit}
                onClick={() => onChange({ amount, unit })}
              >
                {text}
              </button>
            ))}
          </span>
        </>
      ) : (
        <input
          class="until-input"
          type="datetime-local"
          aria-label="Until"
          aria-invalid={Boolean(trouble.until)}
          min={localMoment(now)}
          value={form.until}
          onInput={(event) => onChange({ until: event.currentTarget.value })}
          data-testid="code-until"
        />
      )}
      {trouble.amount || trouble.until ? (
        <span class="trouble form-trouble">{trouble.amount || trouble.until}</span>
      ) : (
        <span class="quiet form-trouble">{endText(form, now)}</span>
      )}
    </div>
  );
}
