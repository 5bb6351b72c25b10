/** A button that opens a small sheet; Escape and a click elsewhere close it. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface Props {
  /** What stands on the button. */
  head: ComponentChildren;
  children: ComponentChildren;
  testId: string;
  class?: string;
}

export function Menu({ head, children, testId, class: name = "" }: Props) {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event): void => {
      const menu = details.current;
      if (!menu?.open || (event instanceof KeyboardEvent ? event.key !== "Escape" : menu.contains(event.target as Node))) {
        return;
      }
      menu.open = false;
      if (event instanceof KeyboardEvent) menu.querySelector("summary")?.focus();
    };
    document.addEventListener("keydown", close);
    document.addEventListener("pointerdown", close);
    return () => {
      document.removeEventListener("keydown", close);
      document.removeEventListener("pointerdown", close);
    };
  }, []);
  return (
    <details class={`menu ${name}`} ref={details}>
      <summary class="small" data-testid={testId}>
        {head}
      </summary>
      {children}
    </details>
  );
}
