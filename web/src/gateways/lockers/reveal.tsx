/** One look at a code: asked for, recorded with the reader's name, shown for a moment, gone. */

import { useEffect, useState } from "preact/hooks";

import { usePage } from "../../parts/context";
import { useTicking } from "../../parts/ticking";
import { Ask } from "./dialog";
import { revealCode } from "./routes";

// Long enough to write four digits down; a code that stays is read by the next person.
const SHOWN_MS = 20_000;

interface Props {
  unit: string;
  cell: number;
  refusal: string;
}

export function Reveal({ unit, cell, refusal }: Props) {
  const { session } = usePage();
  const [isAsking, setAsking] = useState(false);
  const [isReading, setReading] = useState(false);
  const [trouble, setTrouble] = useState("");
  const [shown, setShown] = useState<{ code: string; until: number } | null>(null);
  useTicking(250, shown !== null);

  useEffect(() => {
    if (!shown) return undefined;
    const hide = (): void => setShown(null);
    const timer = setTimeout(hide, SHOWN_MS);
    document.addEventListener("visibilitychange", hide);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", hide);
    };
  }, [shown]);

  const read = async (reason: string): Promise<void> => {
    setAsking(false);
    setTrouble("");
    setReading(true);
    try {
      setShown({ code: await revealCode(session.api, unit, cell, reason), until: performance.now() + SHOWN_MS });
    } catch (error) {
      setTrouble(`not shown: ${(error as Error).message}`);
    } finally {
      setReading(false);
    }
  };

  return (
    <div class="reveal" data-testid="reveal">
      {shown ? (
        <>
          <output class="code-shown" aria-label="Code" data-testid="code">
            {shown.code}
          </output>
          <button type="button" class="small" onClick={() => setShown(null)} data-testid="hide-code">
            Hide
          </button>
          <span class="quiet">hides in {Math.max(1, Math.ceil((shown.until - performance.now()) / 1000))} s</span>
        </>
      ) : (
        <>
          <span class="code-masked" aria-label="Code hidden">
            ••••
          </span>
          <button
            type="button"
            class="small"
            disabled={Boolean(refusal) || isReading}
            title={refusal}
            onClick={() => setAsking(true)}
            data-testid="reveal-code"
          >
            {isReading ? "Recording…" : "Show…"}
          </button>
          <span class="quiet">each look is recorded</span>
        </>
      )}
      {trouble && (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
      {isAsking && (
        <Ask
          title={`Show the code of cell ${cell}?`}
          action="Record and show"
          onCancel={() => setAsking(false)}
          onConfirm={(reason) => void read(reason)}
        >
          <p>
            That you looked goes into the journal first, with your name and reason. The code then stands here for{" "}
            {SHOWN_MS / 1000} s, or until you leave this page.
          </p>
        </Ask>
      )}
    </div>
  );
}
