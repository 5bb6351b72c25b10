import { expect, test } from "vitest";

import { listenerUrl, reporterUrl } from "../../../src/gateways/studio/reporter_url";

const at = (address: string) => ({ gateway: "studio", address });

test.each([
  ["127.0.0.1:9001", "ws://127.0.0.1:9001"],
  ["0.0.0.0:8080", "ws://panel:8080"],
  ["[::]:8080", "ws://panel:8080"],
  [":8080", "ws://panel:8080"],
  ["[::1]:8080", "ws://[::1]:8080"],
])("a listener on %s is called at %s", (address, url) => {
  expect(listenerUrl(at(address), "panel")).toBe(url);
});

test("without a word of the server the usual port is told", () => {
  expect(reporterUrl(null, "panel", "ARO-001", "pc")).toBe("ws://panel:8080/?id=ARO-001_pc&token=TOKEN");
});
