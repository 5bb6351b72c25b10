/** The signs of values and tones. Every sign has a shape of its own and stands beside its word. */

import type { Look } from "./fields";
import { TONE_WORDS, type TableTone } from "./tone";

/** The sign of a value, drawn in the colour of the text around it. */
export function ValueMark({ look }: { look: Look }) {
  return (
    <svg class="value-mark" viewBox="0 0 12 12" width="11" height="11" aria-hidden="true">
      {SHAPES[look]}
    </svg>
  );
}

const SHAPES: Record<Look, preact.JSX.Element> = {
  up: <circle class="mark-full" cx="6" cy="6" r="5" />,
  standby: <circle class="mark-line-only" cx="6" cy="6" r="4" />,
  calibration: (
    <>
      <circle class="mark-line-only" cx="6" cy="6" r="4.2" />
      <path class="mark-full" d="M6 1.8a4.2 4.2 0 0 1 0 8.4z" />
    </>
  ),
  down: <path class="mark-stroke" d="M2 2l8 8M10 2l-8 8" />,
  exception: <path class="mark-full" d="M6 .8 11.6 11H.4z" />,
  other: <path class="mark-stroke" d="M2 6h8" />,
};

/** The sign of a table's tone. */
export function ToneMark({ tone }: { tone: TableTone }) {
  return (
    <svg class="tone-mark" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      {TONE_SHAPES[tone]}
    </svg>
  );
}

const TONE_SHAPES: Record<TableTone, preact.JSX.Element> = {
  trouble: <path class="mark-full" d="M8 1 15.6 14.5H.4z" />,
  watch: <path class="mark-full" d="M8 .8 15.2 8 8 15.2.8 8z" />,
  maintenance: (
    <>
      <rect class="mark-line-only" x="1.5" y="1.5" width="13" height="13" rx="2" />
      <path class="mark-stroke" d="M4.5 11.5l7-7" />
    </>
  ),
  silent: <path class="mark-stroke" d="M8 2a6 6 0 1 0 .01 0M3.8 12.2l8.4-8.4" />,
  unheard: <circle class="mark-dots" cx="8" cy="8" r="6" />,
  ok: <circle class="mark-full" cx="8" cy="8" r="6" />,
};

/** Sign and word of a table's tone. */
export function ToneChip({ tone, testId }: { tone: TableTone; testId?: string }) {
  return (
    <span class={`tone tone-${tone}`} data-testid={testId} data-tone={tone}>
      <ToneMark tone={tone} />
      {TONE_WORDS[tone]}
    </span>
  );
}
