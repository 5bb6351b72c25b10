import { expect, test } from "vitest";

import { ageText } from "../../../src/gateways/slots/age";
import { SINCE } from "./made";

test("ages are told in seconds, minutes and hours, and never from the future", () => {
  const now = Date.parse(SINCE);
  expect(ageText(SINCE, now)).toBe("just now");
  expect(ageText(SINCE, now - 5_000)).toBe("just now");
  expect(ageText(SINCE, now + 3_400)).toBe("3 s ago");
  expect(ageText("", now)).toBe("–");
});
