/** The signs of tones and lamps. Every sign has a shape of its own and stands beside its word. */

import type { MachineStatus } from "./machine";
import { isKnown, lampsOf, type LampKey, type MachineTone, TONE_WORDS } from "./tone";

/** The sign of a machine's tone, drawn in the colour of the text around it. */
export function ToneMark({ tone }: { tone: MachineTone }) {
  return (
    <svg class="tone-mark" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      {TONE_SHAPES[tone]}
    </svg>
  );
}

const TONE_SHAPES: Record<MachineTone, preact.JSX.Element> = {
  trouble: <path class="mark-full" d="M8 1 15.6 14.5H.4z" />,
  handpay: <path class="mark-full" d="M8 .8 15.2 8 8 15.2.8 8z" />,
  away: <path class="mark-stroke" d="M8 2a6 6 0 1 0 .01 0M3.8 12.2l8.4-8.4" />,
  failing: <path class="mark-stroke" d="M2 8h2.5l2-5 3 10 2-5H14" />,
  locked: (
    <>
      <rect class="mark-full" x="2.5" y="7" width="11" height="8" rx="1.5" />
      <path class="mark-line-only" d="M5 7V5a3 3 0 0 1 6 0v2" />
    </>
  ),
  unheard: <circle class="mark-dots" cx="8" cy="8" r="6" />,
  ok: <circle class="mark-full" cx="8" cy="8" r="6" />,
};

/** Sign and word of a machine's tone. */
export function ToneChip({ tone, isNow, testId }: { tone: MachineTone; isNow: boolean; testId?: string }) {
  return (
    <span class={`tone slot-tone-${tone}`} data-testid={testId} data-tone={tone}>
      <ToneMark tone={tone} />
      {isNow ? TONE_WORDS[tone] : `was ${TONE_WORDS[tone]}`}
    </span>
  );
}

const LAMP_SHAPES: Record<LampKey, preact.JSX.Element> = {
  door: <path class="mark-stroke" d="M3 14.5v-13h6v13M9 3l4.5 2v9.5L9 14.5" />,
  tilt: <path class="mark-stroke" d="M8 1.5 15 14H1zM8 6v4M8 11.6v.6" />,
  handpay: <path class="mark-stroke" d="M1.5 4.5h13v7h-13zM8 6.2a1.8 1.8 0 1 0 .01 0" />,
  locked: <path class="mark-stroke" d="M3 7.5h10v7H3zM5.2 7.5V5a2.8 2.8 0 0 1 5.6 0v2.5" />,
};

/** Door, tilt, handpay, locked: a lit one is framed and says what it is. `isNow` false: as they were. */
export function Lamps({ status, isNow }: { status: MachineStatus; isNow: boolean }) {
  if (!isKnown(status)) return <p class="slot-lamp">doors, tilts and handpays are not known yet</p>;
  return (
    <ul class={`slot-lamps ${isNow ? "" : "slot-was"}`} aria-label={isNow ? "Lamps" : "Lamps as they were"}>
      {lampsOf(status).map((lamp) => (
        <li
          key={lamp.key}
          class={`slot-lamp slot-lamp-${lamp.key} ${lamp.isOn ? "slot-lamp-on" : ""}`}
          title={lamp.detail}
          data-testid={`lamp-${lamp.key}`}
          data-on={lamp.isOn}
        >
          <svg class="tone-mark" viewBox="0 0 16 16" width="13" height="13" aria-hidden="true">
            {LAMP_SHAPES[lamp.key]}
          </svg>
          {lamp.word}
        </li>
      ))}
    </ul>
  );
}
