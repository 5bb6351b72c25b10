import { expect, test } from "vitest";

import { briefOf } from "../../src/parts/events";
import { codeFrom } from "../../src/parts/login";

test("the brief of an event says what its row does not say yet", () => {
  const command = { id: "abc", unit: "ward/1", name: "STOP", params: { param: 0 }, actor: "anna", reason: "" };
  expect(briefOf({ stream: "ward/1", data: { command } })).toBe("STOP · param 0 · anna");
  expect(briefOf({ stream: "ward/1", data: { id: "web-0123456789" } })).toBe("…456789");
  expect(briefOf({ stream: "ward/1", data: {} })).toBe("");
});

test.each([
  ["http://127.0.0.1:8000/login?code=a-b_c", "a-b_c"],
  ["  a-b_c \n", "a-b_c"],
])("the code of %s is %s", (text, code) => expect(codeFrom(text)).toBe(code));
