import { expect, test } from "vitest";

import { Api } from "../../../src/api";
import {
  csvPath,
  maintenanceReason,
  readAvailability,
  readHistory,
  readListener,
} from "../../../src/gateways/studio/routes";

/** An API whose server answers `value` to everything; `asked` holds the paths. */
function played(value: unknown): { api: Api; asked: string[] } {
  const asked: string[] = [];
  const fetcher = (path: string): Promise<Response> => {
    asked.push(path);
    return Promise.resolve(new Response(JSON.stringify(value)));
  };
  return { api: new Api(fetcher as unknown as typeof fetch), asked };
}

test("a page of history is asked for by gateway and place, and its values become text", async () => {
  const row = { seq: 7, at: "2026-01-01T00:00:00Z", by: "anna", address: "", reason: "" };
  const { api, asked } = played({
    rows: [
      { ...row, field: "MAINTENANCE", old: false, new: true },
      { ...row, field: "custom.shift", old: undefined, new: { id: 3 } },
      { ...row, field: "custom.*", old: null, new: null },
    ],
    next: 7,
  });
  const page = await readHistory(api, "studio/ARO-001", 12, 200);
  expect(asked).toEqual(["/api/tables/ARO-001/history?gateway=studio&limit=200&before=12"]);
  expect(page.rows.map((one) => [one.old, one.new])).toEqual([
    ["false", "true"],
    [null, '{"id":3}'],
    [null, ""],
  ]);
  expect(page.next).toBe(7);
});

test("the file has the gateway and the field in its address", () => {
  expect(csvPath("studio/ARO-001", "")).toBe("/api/tables/ARO-001/history.csv?gateway=studio");
  expect(csvPath("studio/ARO-001", "SDP")).toBe("/api/tables/ARO-001/history.csv?gateway=studio&field=SDP");
});

test("days and the listener are read", async () => {
  const { api, asked } = played({ days: [], gateways: [{ gateway: "studio", address: "0.0.0.0:8080" }] });
  expect(await readAvailability(api, "studio/ARO-001", 7)).toEqual([]);
  expect((await readListener(api, "studio"))?.address).toBe("0.0.0.0:8080");
  expect(await readListener(api, "other")).toBeNull();
  expect(asked[0]).toBe("/api/tables/ARO-001/availability?gateway=studio&days=7");
});

test("the reason of a maintenance is told without its end, which stands elsewhere", () => {
  const row = { seq: 7, at: "", by: "anna", address: "", old: null, field: "MAINTENANCE" };
  const rows = [
    { ...row, new: "false", reason: "done" },
    { ...row, new: "true", reason: "new wheel (until 2026-01-01T12:00:00+00:00)" },
    { ...row, new: "true", reason: "older" },
  ];
  expect(maintenanceReason(rows)).toBe("new wheel");
  expect(maintenanceReason([])).toBe("");
});
