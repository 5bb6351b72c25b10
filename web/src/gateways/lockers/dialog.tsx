/** A question before something that should not happen by a slip; what is typed goes into the record. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

interface DialogProps {
  title: string;
  children: ComponentChildren;
  action: string;
  isBusy?: boolean;
  trouble?: string;
  wide?: boolean;
  onConfirm(): void;
  onCancel(): void;
}

export function Dialog({ title, children, action, isBusy, trouble, wide, onConfirm, onCancel }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class={`confirm ${wide ? "confirm-wide" : ""}`}
      aria-labelledby="dialog-title"
      onCancel={onCancel}
      data-testid="dialog"
    >
      <form
        noValidate
        autocomplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          onConfirm();
        }}
      >
        <h2 id="dialog-title">{title}</h2>
        {children}
        {trouble && (
          <p class="trouble" role="alert" data-testid="dialog-trouble">
            {trouble}
          </p>
        )}
        <div class="confirm-buttons">
          <button type="button" onClick={onCancel}>
            Cancel
          </button>
          <button type="submit" class="halt" disabled={isBusy} data-testid="dialog-action">
            {action}
          </button>
        </div>
      </form>
    </dialog>
  );
}

export const REASON_MAX = 200;

export function ReasonField({ value, onInput }: { value: string; onInput(value: string): void }) {
  return (
    <label class="field">
      Reason, if you like; it is kept in the journal
      <input
        type="text"
        maxLength={REASON_MAX}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
        data-testid="dialog-reason"
      />
    </label>
  );
}

interface AskProps {
  title: string;
  children: ComponentChildren;
  action: string;
  onConfirm(reason: string): void;
  onCancel(): void;
}

/** A dialog that asks for nothing but the reason. */
export function Ask({ title, children, action, onConfirm, onCancel }: AskProps) {
  const [reason, setReason] = useState("");
  return (
    <Dialog title={title} action={action} onCancel={onCancel} onConfirm={() => onConfirm(reason.trim())}>
      {children}
      <ReasonField value={reason} onInput={setReason} />
    </Dialog>
  );
}
