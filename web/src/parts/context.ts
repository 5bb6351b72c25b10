/** What every part of the page may reach without passing it through all the others. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";

import type { Cell } from "../cell";
import type { Place } from "../places";
import type { Session } from "../session";

export interface Page {
  session: Session;
  place: Cell<Place>;
}

export const PageContext = createContext<Page | null>(null);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (!page) throw new Error("usePage is called outside of the page");
  return page;
}
