import { expect, test } from "vitest";

import { type Api, ApiError } from "../src/api";
import { Commands, randomId } from "../src/commands";
import type { CommandReport, CommandState } from "../src/protocol";

const report = (state: CommandState, id = "c1"): CommandReport => ({
  id,
  unit: "ward/1",
  name: "STOP",
  state,
  actor: "anna",
  reason: "",
  outcome: null,
  note: "",
});

function commands(api: Partial<Api>): Commands {
  return new Commands(api as Api, () => "c1");
}

test("a command shows as asking at once, then as the server says", async () => {
  let answer: (report: CommandReport) => void = () => {};
  const all = commands({ command: () => new Promise((resolve) => (answer = resolve)) });
  const asked = all.ask("ward/1", "STOP");
  expect(all.entries.value[0]).toMatchObject({ id: "c1", stage: "asking", name: "STOP" });
  answer(report("accepted"));
  await asked;
  expect(all.entries.value[0]!.stage).toBe("accepted");
});

test("a report that comes late does not turn a state back", async () => {
  const all = commands({ command: async () => report("accepted") });
  all.hear(report("sent"));
  await all.ask("ward/1", "STOP").catch(() => {});
  all.hear(report("done"));
  all.hear(report("sent"));
  expect(all.entries.value.find((entry) => entry.report)!.stage).toBe("done");
});

test("unknown is ended by evidence", () => {
  const all = commands({});
  all.hear(report("unknown"));
  all.hear(report("done"));
  expect(all.entries.value[0]!.stage).toBe("done");
});

test("a refusal is told with its reason", async () => {
  const error = new ApiError(409, { code: "not_connected", message: "the line is closed", retry: true });
  const all = commands({ command: () => Promise.reject(error) });
  await all.ask("ward/1", "START");
  expect(all.entries.value[0]).toMatchObject({ stage: "failed", trouble: "the line is closed" });
});

test("without an answer nothing is claimed until the server was asked again", async () => {
  const away = new ApiError(0, { code: "away", message: "no answer in time", retry: true });
  const all = commands({ command: () => Promise.reject(away), report: async () => report("done") });
  await all.ask("ward/1", "START");
  expect(all.entries.value[0]!.stage).toBe("asking");
  await all.lookAgain(true);
  expect(all.entries.value[0]!.stage).toBe("done");
});

test("a command that the server never got is told as not accepted", async () => {
  const away = new ApiError(0, { code: "away", message: "no answer in time", retry: true });
  const missing = new ApiError(404, { code: "no_such_command", message: "unknown", retry: false });
  const all = commands({ command: () => Promise.reject(away), report: () => Promise.reject(missing) });
  await all.ask("ward/1", "START");
  await all.lookAgain(true);
  expect(all.entries.value[0]!.stage).toBe("failed");
});

test("commands of others appear, and the list stays short", () => {
  const all = commands({});
  for (let index = 0; index < 100; index++) all.hear(report("accepted", `c${index}`));
  expect(all.entries.value.length).toBe(60);
  expect(all.entries.value[0]).toMatchObject({ id: "c99", params: null });
});

test("an id is random and fits the server's rule", () => {
  expect(randomId()).toMatch(/^[A-Za-z0-9_.~-]{1,64}$/);
  expect(randomId()).not.toBe(randomId());
});
