/** Asks before something that should not happen by a slip; the reason goes into the record. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

interface Props {
  title: string;
  text: string;
  action: string;
  /** What stands on the button that changes nothing. */
  cancel?: string;
  /** More than the text, between it and the reason. */
  children?: ComponentChildren;
  /** Whether a reason is asked for; `needed`: nothing happens without one. */
  reason?: "optional" | "needed" | "none";
  isBusy?: boolean;
  /** Why it did not happen. */
  trouble?: string;
  onConfirm(reason: string): void;
  onCancel(): void;
}

export function Confirm({ title, text, action, cancel = "Keep going", reason: asked = "optional", ...props }: Props) {
  const { children, isBusy = false, trouble, onConfirm, onCancel } = props;
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
        {children}
        {asked !== "none" && (
          <label class="field">
            {asked === "needed" ? "Reason; it is kept in the journal with your name" : "Reason, if you like"}
            <input
              type="text"
              maxLength={200}
              value={reason}
              onInput={(event) => setReason(event.currentTarget.value)}
              data-testid="confirm-reason"
            />
          </label>
        )}
        {trouble && (
          <p class="trouble" role="alert" data-testid="confirm-trouble">
            {trouble}
          </p>
        )}
        <div class="confirm-buttons">
          <button type="button" onClick={onCancel}>
            {cancel}
          </button>
          <button
            type="submit"
            class="halt"
            disabled={isBusy || (asked === "needed" && !reason.trim())}
            data-testid="confirm-action"
          >
            {action}
          </button>
        </div>
      </form>
    </dialog>
  );
}
