/** A choice of the reader that this browser remembers. */

import { Cell } from "../cell";

/** A cell whose value is kept under `key`; starts with `first` when nothing (readable) was kept. */
export function stored<T>(key: string, first: T): Cell<T> {
  const cell = new Cell<T>(read(key) ?? first);
  cell.watch((value) => {
    try {
      localStorage.setItem(`lineside.${key}`, JSON.stringify(value));
    } catch {
      // Storage is off or full; the choice lasts until the page is left.
    }
  });
  return cell;
}

function read<T>(key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(`lineside.${key}`) ?? "null") as T | null;
  } catch {
    return null;
  }
}
