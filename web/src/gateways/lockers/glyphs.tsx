/** The marks of a cabinet, drawn so that each is told from the others in grey and at the size of a thumb nail. */

import type { ComponentChildren } from "preact";

import type { Look } from "./cell_face";

function Drawing({ children, class: name = "" }: { children: ComponentChildren; class?: string }) {
  return (
    <svg class={`glyph ${name}`} viewBox="0 0 16 16" aria-hidden="true">
      {children}
    </svg>
  );
}

const PADLOCK = "M3.5 7.5h9v6h-9z";
const SHACKLE = "M5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5";

const DRAWINGS: Record<Look, ComponentChildren> = {
  free: <circle class="glyph-line" cx="8" cy="8" r="2" />,
  // Not there yet: a padlock in dashes.
  pending: (
    <>
      <path class="glyph-line glyph-dashed" d={PADLOCK} />
      <path class="glyph-line glyph-dashed" d={SHACKLE} />
    </>
  ),
  // On its way: an outlined padlock and an arrow.
  sent: (
    <>
      <path class="glyph-line" d={PADLOCK} />
      <path class="glyph-line" d={SHACKLE} />
      <path class="glyph-line" d="M8 9v3M6.6 10.8L8 12.2l1.4-1.4" />
    </>
  ),
  confirmed: (
    <>
      <path class="glyph-fill" d={PADLOCK} />
      <path class="glyph-line" d={SHACKLE} />
    </>
  ),
  revoking: (
    <>
      <path class="glyph-line" d={PADLOCK} />
      <path class="glyph-line" d={SHACKLE} />
      <path class="glyph-line glyph-thick" d="M2.5 14L13.5 3" />
    </>
  ),
  timed_out: (
    <>
      <path class="glyph-line" d="M4 2.5h8M4 13.5h8M5 2.5c0 3 3 4 3 5.5s-3 2.5-3 5.5M11 2.5c0 3-3 4-3 5.5s3 2.5 3 5.5" />
      <path class="glyph-fill" d="M6 13c.3-1.4 1.2-2 2-2.6.8.6 1.7 1.2 2 2.6z" />
    </>
  ),
  foreign: (
    <>
      <path class="glyph-line" d="M5.5 6a2.5 2.5 0 1 1 3.8 2.1c-.9.6-1.3 1-1.3 2" />
      <circle class="glyph-fill" cx="8" cy="12.6" r="1" />
    </>
  ),
  no_lock: <path class="glyph-line" d="M4.5 4.5l7 7M11.5 4.5l-7 7" />,
};

export function Glyph({ look }: { look: Look }) {
  return <Drawing class={`glyph-${look}`}>{DRAWINGS[look]}</Drawing>;
}

/** A door that stands ajar. */
export function OpenedGlyph() {
  return (
    <Drawing class="glyph-opened">
      <path class="glyph-line" d="M3 13.5V2.5h9v11M1.5 13.5h13" />
      <path class="glyph-fill" d="M3 2.5l6 2v11l-6-2z" />
    </Drawing>
  );
}

/** Something is wrong with it. */
export function WarnGlyph() {
  return (
    <Drawing class="glyph-warn">
      <path class="glyph-fill" d="M8 2l6.5 12h-13z" />
    </Drawing>
  );
}
