import { expect, test } from "vitest";

import { Api, ApiError, queryText } from "../src/api";

function answering(status: number, body: unknown, calls: [string, RequestInit][] = []): Api {
  return new Api((async (path: string, init: RequestInit) => {
    calls.push([path, init]);
    return new Response(typeof body === "string" ? body : JSON.stringify(body), { status });
  }) as typeof fetch);
}

test("an unsafe request carries the header that only this page can send", async () => {
  const calls: [string, RequestInit][] = [];
  const api = answering(202, { id: "c1" }, calls);
  await api.command({ id: "c1", unit: "ward/1", name: "STOP", params: {}, reason: "" });
  const headers = calls[0]![1].headers as Record<string, string>;
  expect(headers["X-Lineside"]).toBe("1");
  expect(calls[0]![1].credentials).toBe("same-origin");
});

test("what is removed is asked for as any unsafe request", async () => {
  const calls: [string, RequestInit][] = [];
  await answering(200, { done: true }, calls).remove("/api/sinks/old");
  expect(calls[0]).toMatchObject(["/api/sinks/old", { method: "DELETE", headers: { "X-Lineside": "1" } }]);
});

test("a safe request carries no such header", async () => {
  const calls: [string, RequestInit][] = [];
  await answering(200, { units: [] }, calls).units();
  expect(calls[0]![1].headers).not.toHaveProperty("X-Lineside");
});

test("a refusal becomes an error with its code, text and whether to try again", async () => {
  const refused = { error: { code: "journal_full", message: "no room on the disk", retry: true } };
  const error = await answering(503, refused).me().catch((e: unknown) => e);
  expect(error).toMatchObject({ status: 503, code: "journal_full", message: "no room on the disk", retry: true });
  expect((error as ApiError).isSignedOut).toBe(false);
});

test("an answer that is no JSON still becomes an error in words", async () => {
  const error = (await answering(500, "<html>").me().catch((e: unknown) => e)) as ApiError;
  expect(error.message).toContain("the server answered 500");
});

test("no answer is an error of its own kind", async () => {
  const api = new Api((() => Promise.reject(new TypeError("failed"))) as typeof fetch);
  const error = (await api.me().catch((e: unknown) => e)) as ApiError;
  expect(error.isAway).toBe(true);
  expect(error.isSignedOut).toBe(false);
});

test("a query leaves out what was not asked", () => {
  expect(queryText({ newest: true, limit: 10, unit: "ward/1", kind: "" })).toBe("newest=true&limit=10&unit=ward%2F1");
});
