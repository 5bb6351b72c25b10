/** Where in the page somebody is, kept in the address after `#`, so that a link leads to the same place. */

import { Cell } from "./cell";

export type Place =
  /** No place was chosen: the only unit, or the overview. */
  | { at: "home" }
  /** `part`: brought into view. */
  | { at: "overview"; part?: "deliveries" }
  | { at: "events"; unit?: string }
  /** All units of a gateway together, where its kind has a page for that. */
  | { at: "gateway"; gateway: string }
  | { at: "unit"; unit: string };

export function placeFromHash(hash: string): Place {
  const parts = hash.replace(/^#?\/?/, "").split("/").map(decodeURIComponentOrEmpty);
  switch (parts[0]) {
    case "overview":
      return parts[1] === "deliveries" ? { at: "overview", part: "deliveries" } : { at: "overview" };
    case "events":
      return parts[1] && parts[2] ? { at: "events", unit: `${parts[1]}/${parts[2]}` } : { at: "events" };
    case "gateway":
      return parts[1] ? { at: "gateway", gateway: parts[1] } : { at: "overview" };
    case "unit":
      return parts[1] && parts[2] ? { at: "unit", unit: `${parts[1]}/${parts[2]}` } : { at: "overview" };
    default:
      return { at: "home" };
  }
}

export function hashOf(place: Place): string {
  switch (place.at) {
    case "home":
      return "#/";
    case "overview":
      return place.part ? `#/overview/${place.part}` : "#/overview";
    case "events":
      return place.unit ? `#/events/${place.unit}` : "#/events";
    case "gateway":
      return `#/gateway/${place.gateway}`;
    case "unit":
      return `#/unit/${place.unit}`;
  }
}

function decodeURIComponentOrEmpty(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

/** The place of this browser page; follows the address. */
export function browserPlace(): Cell<Place> {
  const place = new Cell<Place>(placeFromHash(window.location.hash));
  window.addEventListener("hashchange", () => (place.value = placeFromHash(window.location.hash)));
  return place;
}
