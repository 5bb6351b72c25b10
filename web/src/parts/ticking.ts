/** Texts that change with time. */

import { useEffect, useReducer } from "preact/hooks";

/** Draw the component anew every `ms`, while `isOn`. */
export function useTicking(ms: number, isOn = true): void {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    if (!isOn) return undefined;
    const timer = setInterval(() => redraw(undefined), ms);
    return () => clearInterval(timer);
  }, [ms, isOn]);
}
