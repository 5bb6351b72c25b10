/** A value that tells who watches when it is replaced; the page's only kind of shared state. */

import { useEffect, useReducer } from "preact/hooks";

export class Cell<T> {
  #value: T;
  readonly #watchers = new Set<(value: T) => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  /** Replace the value; the same value again tells nobody. */
  set value(value: T) {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const watcher of [...this.#watchers]) watcher(value);
  }

  /** Call `watcher` at each change from now on; returns the function that ends it. */
  watch(watcher: (value: T) => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }
}

/** The present value of a cell; the component is drawn again when it changes. */
export function useCell<T>(cell: Cell<T>): T {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const drawn = cell.value;
  useEffect(() => {
    // A change between the drawing and this effect would otherwise be missed.
    if (!Object.is(drawn, cell.value)) redraw(undefined);
    return cell.watch(() => redraw(undefined));
  }, [cell]);
  return drawn;
}
