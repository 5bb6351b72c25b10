import { expect, test } from "vitest";

import { hashOf, type Place, placeFromHash } from "../src/places";

test.each<[Place]>([
  [{ at: "home" }],
  [{ at: "overview" }],
  [{ at: "overview", part: "deliveries" }],
  [{ at: "events" }],
  [{ at: "events", unit: "ward/1" }],
  [{ at: "gateway", gateway: "studio" }],
  [{ at: "unit", unit: "floor/a12.1" }],
])("%j survives the address", (place) => {
  expect(placeFromHash(hashOf(place))).toEqual(place);
});

test("an address that cannot be read leads somewhere", () => {
  expect(placeFromHash("#/nowhere")).toEqual({ at: "home" });
  expect(placeFromHash("#/unit/ward")).toEqual({ at: "overview" });
  expect(placeFromHash("#/overview/elsewhere")).toEqual({ at: "overview" });
  expect(placeFromHash("#/gateway")).toEqual({ at: "overview" });
  expect(placeFromHash("#/%E0%A4%A")).toEqual({ at: "home" });
});
