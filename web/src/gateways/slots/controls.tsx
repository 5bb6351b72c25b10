/** Orders to a machine, and how far the last one is. */

import { useState } from "preact/hooks";

import { useCell } from "../../cell";
import { CommandProgress } from "../../parts/command_progress";
import { Confirm } from "../../parts/confirm";
import { usePage } from "../../parts/context";
import type { MachineFeed } from "./machine_feed";
import { type Question, questionsOf, READ_CODES, refusalOf } from "./orders";
import { useIsLinked } from "./use_feed";

export function Controls({ feed }: { feed: MachineFeed }) {
  const { session } = usePage();
  const status = useCell(feed.status);
  const entries = useCell(session.commands.entries);
  const isLinked = useIsLinked();
  const [asked, setAsked] = useState<Question | null>(null);
  const refusal = refusalOf(isLinked, session.may("operator"), status);
  const readRefusal = refusalOf(isLinked, true, status);
  const last = entries.find((entry) => entry.unit === feed.unit);
  return (
    <div class="slot-controls" data-testid="controls">
      <div class="slot-buttons">
        <button
          type="button"
          disabled={Boolean(readRefusal)}
          title={readRefusal}
          onClick={() => void session.commands.ask(feed.unit, "read_meters", { codes: READ_CODES })}
          data-testid="order-read_meters"
        >
          Read meters
        </button>
        {questionsOf(status).map((question) => (
          <button
            key={question.name}
            type="button"
            class="halt"
            disabled={Boolean(refusal)}
            title={refusal}
            onClick={() => setAsked(question)}
            data-testid={`order-${question.name}`}
          >
            {question.action}
          </button>
        ))}
      </div>
      {refusal && <p class="quiet slot-refusal">No orders now: {refusal}.</p>}
      {last && <CommandProgress entry={last} />}
      {asked && (
        <Confirm
          title={asked.title}
          text={asked.text}
          action={asked.action}
          cancel="Cancel"
          onCancel={() => setAsked(null)}
          onConfirm={(reason) => {
            setAsked(null);
            void session.commands.ask(feed.unit, asked.name, {}, reason);
          }}
        />
      )}
    </div>
  );
}
