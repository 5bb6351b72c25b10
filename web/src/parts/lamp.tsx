/** The signal lamp of a state: colour and shape say the same, so that neither is needed alone. */

import type { GatewayState, UnitState } from "../protocol";

export type Tone = "ok" | "idle" | "warn" | "bad";

export function Lamp({ tone }: { tone: Tone }) {
  return <span class={`lamp lamp-${tone}`} aria-hidden="true" />;
}

const TONES: Record<UnitState | GatewayState, Tone> = {
  live: "ok",
  running: "ok",
  waiting: "idle",
  stopped: "idle",
  stale: "warn",
  away: "warn",
  fault: "bad",
  failed: "bad",
};

export function toneOf(state: string): Tone {
  return TONES[state as UnitState] ?? "idle";
}

/** Lamp and word of a state. */
export function StateChip({ state, testId }: { state: string; testId?: string }) {
  const tone = toneOf(state);
  return (
    <span class={`chip chip-${tone}`} data-testid={testId} data-state={state}>
      <Lamp tone={tone} />
      {state}
    </span>
  );
}
