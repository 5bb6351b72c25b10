import { expect, test } from "vitest";

import { type Api, ApiError } from "../src/api";
import { LiveClient } from "../src/live";
import type { Me, UnitInfo } from "../src/protocol";
import { Session, unitOfTopic } from "../src/session";
import { PlayedWorld, settle } from "./support/live_world";

const ME: Me = { name: "anna", role: "operator", gateways: null };
const UNIT: UnitInfo = {
  unit: "ward/1",
  gateway: "ward",
  kind: "ventilator",
  state: "waiting",
  reason: "",
  connected: false,
  commands: [],
};
const SIGNED_OUT = new ApiError(401, { code: "not_signed_in", message: "sign in", retry: false });

function session(api: Partial<Api>): { session: Session; world: PlayedWorld } {
  const world = new PlayedWorld();
  const full = { me: async () => ME, units: async () => [UNIT], ...api } as Api;
  return { session: new Session(full, new LiveClient(world)), world };
}

test("who is signed in gets in, and the live connection starts", async () => {
  const { session: page, world } = session({});
  await page.open();
  expect(page.entrance.value).toEqual({ phase: "in", me: ME });
  expect(world.sockets.length).toBe(1);
  expect(page.may("operator")).toBe(true);
  expect(page.may("admin")).toBe(false);
});

test("who is not signed in is asked to", async () => {
  const { session: page, world } = session({ me: () => Promise.reject(SIGNED_OUT) });
  await page.open();
  expect(page.entrance.value).toEqual({ phase: "login", ended: false });
  expect(world.sockets.length).toBe(0);
});

test("a server that does not answer is away, which is another page than the login", async () => {
  const away = new ApiError(0, { code: "away", message: "the server does not answer", retry: true });
  const { session: page } = session({ me: () => Promise.reject(away) });
  await page.open();
  expect(page.entrance.value.phase).toBe("away");
});

test("a session that ended while the page was open is told as ended", async () => {
  let isOut = false;
  const { session: page, world } = session({ me: () => (isOut ? Promise.reject(SIGNED_OUT) : Promise.resolve(ME)) });
  await page.open();
  isOut = true;
  world.socket.cut();
  await settle();
  expect(page.entrance.value).toEqual({ phase: "login", ended: true });
});

test("a unit is what the list says and how its topic says", async () => {
  const { session: page, world } = session({});
  await page.open();
  world.socket.hello();
  const status = { state: "live", reason: "samples arrive", connected: true, since: "now", simulated: true };
  world.socket.say({ op: "pulse", items: [{ t: "ward/1/status", o: 1, k: "state", v: status }] });
  await settle();
  expect(page.units.value!.get("ward/1")).toMatchObject({ kind: "ventilator", state: "live", simulated: true });
  world.socket.say({ op: "pulse", items: [{ t: "ward/1/status", o: 1, gone: true }] });
  expect(page.units.value!.size).toBe(0);
});

test("a unit that is heard of for the first time is looked up", async () => {
  let count = 0;
  const { session: page, world } = session({
    units: async () => (++count === 1 ? [] : [UNIT]),
  });
  await page.open();
  world.socket.hello();
  await settle();
  const status = { state: "live", reason: "", connected: true, since: "now" };
  world.socket.say({ op: "pulse", items: [{ t: "ward/1/status", o: 1, k: "state", v: status }] });
  await settle();
  expect(page.units.value!.get("ward/1")!.state).toBe("live");
});

test("the unit of a topic is its first two parts", () => {
  expect(unitOfTopic("ward/1/status")).toBe("ward/1");
});

test("sinks are what their topic says, and nothing when it is no more", async () => {
  const { session: page, world } = session({});
  await page.open();
  world.socket.hello();
  expect(page.sinks.value).toBeNull();
  const sinks = [{ name: "archive", state: "running" }];
  world.socket.say({ op: "pulse", items: [{ t: "lineside/sinks", o: 1, k: "state", v: { sinks } }] });
  expect(page.sinks.value).toEqual(sinks);
  world.socket.say({ op: "pulse", items: [{ t: "lineside/sinks", o: 1, gone: true }] });
  expect(page.sinks.value).toBeNull();
});
