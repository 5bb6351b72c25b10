import { expect, test } from "vitest";

import { ServerClock } from "../src/server_clock";

test("clocks that differ by less than an HTTP date can tell are taken as one", () => {
  const clock = new ServerClock();
  clock.hear(new Date(Date.now() - 1000).toUTCString());
  expect(Math.abs(clock.now() - Date.now())).toBeLessThan(50);
});

test("a server whose clock is an hour ahead is followed", () => {
  const clock = new ServerClock();
  clock.hear(new Date(Date.now() + 3_600_000).toUTCString());
  expect(Math.abs(clock.now() - Date.now() - 3_600_000)).toBeLessThan(1500);
});

test("a header that is missing or no date changes nothing", () => {
  const clock = new ServerClock();
  clock.hear(null);
  clock.hear("soon");
  expect(Math.abs(clock.now() - Date.now())).toBeLessThan(50);
});
