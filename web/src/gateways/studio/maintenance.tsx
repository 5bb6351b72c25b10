/** The maintenance switch of a table. Switching on asks for a reason and an end; switching off happens at once. */

import { useEffect, useRef, useState } from "preact/hooks";

import { momentText, plural } from "../../format";
import { usePage } from "../../parts/context";
import { Segments } from "../../parts/segments";
import { END_CHOICES, endOf, endTrouble } from "./maintenance_end";
import { useLastOrder, useRefusal } from "./orders";
import type { Maintenance } from "./table";
import type { TableFeed } from "./table_feed";

interface Props {
  feed: TableFeed;
  maintenance: Maintenance | null;
  alarmsOpen: number;
}

export function MaintenanceSwitch({ feed, maintenance, alarmsOpen }: Props) {
  const { session } = usePage();
  const refusal = useRefusal();
  const order = useLastOrder(feed.unit, "set_maintenance");
  const [isAsking, setAsking] = useState(false);
  const isOn = maintenance?.on ?? false;
  const isPending = order?.isOpen ?? false;
  const switchOff = (): void => void session.commands.ask(feed.unit, "set_maintenance", { on: false });
  return (
    <div class="maintenance" data-testid={`maintenance-${feed.name}`} data-on={isOn}>
      <button
        type="button"
        role="switch"
        class="switch"
        aria-checked={isOn}
        aria-label={`Maintenance of ${feed.name}`}
        disabled={Boolean(refusal) || isPending || !maintenance}
        title={refusal}
        data-testid={`switch-${feed.name}`}
        onClick={() => (isOn ? switchOff() : setAsking(true))}
      >
        <span class="switch-track" aria-hidden="true">
          <span class="switch-knob" />
        </span>
        <span class="switch-word">{isPending ? "asked…" : `Maintenance ${isOn ? "on" : "off"}`}</span>
      </button>
      {order?.trouble && (
        <span class="trouble" role="alert">
          not switched: {order.trouble}
        </span>
      )}
      {isAsking && (
        <MaintenanceDialog
          name={feed.name}
          alarmsOpen={alarmsOpen}
          onCancel={() => setAsking(false)}
          onConfirm={(until, reason) => {
            setAsking(false);
            const params = until === null ? { on: true } : { on: true, until };
            void session.commands.ask(feed.unit, "set_maintenance", params, reason);
          }}
        />
      )}
    </div>
  );
}

interface DialogProps {
  name: string;
  alarmsOpen: number;
  onConfirm(until: string | null, reason: string): void;
  onCancel(): void;
}

function MaintenanceDialog({ name, alarmsOpen, onConfirm, onCancel }: DialogProps) {
  const { session } = usePage();
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState("");
  const [choice, setChoice] = useState("none");
  const [clock, setClock] = useState("");
  useEffect(() => dialog.current?.showModal(), []);
  const now = session.api.clock.now();
  const until = endOf(choice, clock, now);
  const trouble = endTrouble(choice, clock, now);
  return (
    <dialog
      ref={dialog}
      class="confirm maintenance-dialog"
      aria-labelledby="maintenance-title"
      onCancel={onCancel}
      data-testid="maintenance-dialog"
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!trouble) onConfirm(until, reason.trim());
        }}
      >
        <h2 id="maintenance-title">Maintenance of {name}</h2>
        <p>
          Its alarms are muted{alarmsOpen > 0 && `, ${openText(alarmsOpen)}`}. States and history go on being recorded, and
          availability leaves this time out.
        </p>
        <div class="field">
          Ends
          <Segments
            label="When it ends"
            value={choice}
            options={END_CHOICES.map((one) => [one.value, one.text] as const)}
            onChange={setChoice}
          />
        </div>
        {choice === "at" && (
          <label class="field">
            Time of day
            <input
              type="text"
              inputMode="numeric"
              placeholder="17:30"
              maxLength={5}
              value={clock}
              onInput={(event) => setClock(event.currentTarget.value)}
              data-testid="maintenance-clock"
            />
          </label>
        )}
        <p class="maintenance-ends" data-testid="maintenance-ends">
          {trouble ? `Please say ${trouble}.` : lastingText(until, now)}
        </p>
        <label class="field">
          Reason, if you like
          <input
            type="text"
            maxLength={200}
            value={reason}
            placeholder="wheel is being cleaned"
            onInput={(event) => setReason(event.currentTarget.value)}
            data-testid="maintenance-reason"
          />
        </label>
        <div class="confirm-buttons">
          <button type="button" onClick={onCancel}>
            Cancel
          </button>
          <button type="submit" class="halt" disabled={Boolean(trouble)} data-testid="maintenance-confirm">
            Switch on
          </button>
        </div>
      </form>
    </dialog>
  );
}

function openText(alarms: number): string {
  return `with the ${plural(alarms, "alarm")} that ${alarms === 1 ? "is" : "are"} open now`;
}

function lastingText(until: string | null, now: number): string {
  return until ? `Ends by itself at ${momentText(until, now)}.` : "Lasts until somebody ends it.";
}
