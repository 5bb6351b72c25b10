/** Asks before something that should not happen by a slip; the reason goes into the record. */

import { useEffect, useRef, useState } from "preact/hooks";

interface Props {
  title: string;
  text: string;
  action: string;
  onConfirm(reason: string): void;
  onCancel(): void;
}

export function Confirm({ title, text, action, onConfirm, onCancel }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState("");
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="confirm" aria-labelledby="confirm-title" onCancel={onCancel} data-testid="confirm">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onConfirm(reason.trim());
        }}
      >
        <h2 id="confirm-title">{title}</h2>
        <p>{text}</p>
        <label class="field">
          Reason, if you like
          <input
            type="text"
            maxLength={200}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
            data-testid="confirm-reason"
          />
        </label>
        <div class="confirm-buttons">
          <button type="button" onClick={onCancel}>
            Keep going
          </button>
          <button type="submit" class="halt" data-testid="confirm-action">
            {action}
          </button>
        </div>
      </form>
    </dialog>
  );
}
