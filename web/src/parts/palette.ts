/** The style sheet's colours for canvases, which cannot read them by themselves. */

import { Cell } from "../cell";

/** Gives the value of a custom property: `colour("--ink")`. */
export type Palette = (name: string) => string;

function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const known = new Map<string, string>();
  return (name) => {
    let value = known.get(name);
    if (value === undefined) known.set(name, (value = style.getPropertyValue(name).trim()));
    return value;
  };
}

let shared: Cell<Palette> | null = null;

/** The present palette; a new one when the reader changes between dark and light. */
export function palette(): Cell<Palette> {
  if (shared) return shared;
  const cell = new Cell<Palette>(readPalette());
  shared = cell;
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => (cell.value = readPalette()));
  return cell;
}

/** A colour with another opacity; takes `#rrggbb`. */
export function fade(colour: string, opacity: number): string {
  const part = (from: number): number => Number.parseInt(colour.slice(from, from + 2), 16);
  return colour.length === 7 ? `rgba(${part(1)}, ${part(3)}, ${part(5)}, ${opacity})` : colour;
}
