/** Writes a field in place of a reporter, with a reason; for when a machine is well and its reporter is not. */

import { useEffect, useRef, useState } from "preact/hooks";

import { usePage } from "../../parts/context";
import { labelOf, valueText } from "./fields";
import { useLastOrder, useRefusal } from "./orders";
import type { TableField } from "./table";
import type { TableFeed } from "./table_feed";

/** What the protocol accepts, whatever the settings add. */
const VALUES: Record<TableField["kind"], readonly string[]> = {
  service: ["up", "down", "standby", "calibration", "exception"],
  device: ["up", "down"],
};

export function SetByHand({ feed, fields }: { feed: TableFeed; fields: readonly TableField[] }) {
  const refusal = useRefusal();
  const order = useLastOrder(feed.unit, "set_status");
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      {order?.trouble && (
        <span class="trouble" role="alert">
          not set: {order.trouble}
        </span>
      )}
      <button
        type="button"
        class="small"
        disabled={Boolean(refusal) || order?.isOpen}
        title={refusal}
        data-testid="set-by-hand"
        onClick={() => setAsking(true)}
      >
        {order?.isOpen ? "asked…" : "Set by hand"}
      </button>
      {isAsking && <StatusDialog feed={feed} fields={fields} onEnd={() => setAsking(false)} />}
    </>
  );
}

interface Props {
  feed: TableFeed;
  fields: readonly TableField[];
  onEnd(): void;
}

function StatusDialog({ feed, fields, onEnd }: Props) {
  const { session } = usePage();
  const dialog = useRef<HTMLDialogElement>(null);
  const [key, setKey] = useState(fields[0]?.key ?? "");
  const field = fields.find((one) => one.key === key);
  const [value, setValue] = useState("up");
  const [reason, setReason] = useState("");
  useEffect(() => dialog.current?.showModal(), []);
  const values = VALUES[field?.kind ?? "device"];
  const chosen = values.includes(value) ? value : values[0]!;
  return (
    <dialog ref={dialog} class="confirm" aria-labelledby="status-title" onCancel={onEnd} data-testid="status-dialog">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const params = { fields: field ? { [field.name]: chosen } : {} };
          if (field) void session.commands.ask(feed.unit, "set_status", params, reason.trim());
          onEnd();
        }}
      >
        <h2 id="status-title">Set a status of {feed.name} by hand</h2>
        <p>It stands, in your name, until a reporter or somebody else says otherwise. Reporters are told nothing.</p>
        <div class="status-choice">
          <label class="field">
            Service or device
            <select value={key} onChange={(event) => setKey(event.currentTarget.value)} data-testid="status-field">
              {fields.map((one) => (
                <option key={one.key} value={one.key}>
                  {labelOf(one.key)}, now {valueText(one.value)}
                </option>
              ))}
            </select>
          </label>
          <label class="field">
            Status
            <select value={chosen} onChange={(event) => setValue(event.currentTarget.value)} data-testid="status-value">
              {values.map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
            </select>
          </label>
        </div>
        <label class="field">
          Reason, if you like
          <input
            type="text"
            maxLength={200}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
            data-testid="status-reason"
          />
        </label>
        <div class="confirm-buttons">
          <button type="button" onClick={onEnd}>
            Cancel
          </button>
          <button type="submit" class="halt" data-testid="status-confirm">
            Set
          </button>
        </div>
      </form>
    </dialog>
  );
}
