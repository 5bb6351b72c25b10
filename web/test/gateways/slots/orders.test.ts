import { expect, test } from "vitest";

import { questionsOf, READ_CODES, refusalOf } from "../../../src/gateways/slots/orders";
import { statusWith } from "./made";

test("orders are refused with a reason while they cannot be taken", () => {
  expect(refusalOf(true, true, statusWith())).toBe("");
  expect(refusalOf(false, true, statusWith())).toContain("not connected");
  expect(refusalOf(true, false, statusWith())).toContain("your role");
  expect(refusalOf(true, true, statusWith({ connected: false }))).toContain("not reached");
  expect(refusalOf(true, true, null)).toContain("not reached");
});

test("a handpay is reset only while one is pending, a locked machine is not locked again", () => {
  const names = (status = statusWith()) => questionsOf(status).map((one) => one.name);
  expect(names()).toEqual(["lock", "unlock"]);
  expect(names(statusWith({ switches: { play: "off" } }))).toEqual(["unlock"]);
  expect(names(statusWith({ handpay: true }))).toContain("reset_handpay");
});

test("older machines can tell all the meters that are read at once", () => {
  expect(READ_CODES.length).toBeLessThanOrEqual(10);
});
