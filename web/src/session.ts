/** A signed-in page: who I am, the live connection, and what it says of gateways, units and the journal. */

import { Api, ApiError } from "./api";
import { Cell } from "./cell";
import { Commands } from "./commands";
import { browserWorld, LiveClient, liveUrl } from "./live";
import type { GatewayInfo, JournalStatus, Me, Role, SinkInfo, UnitInfo, UnitStatus } from "./protocol";

/**
 * - `opening`: the server was asked who I am.
 * - `login`: nobody is signed in; `ended` when somebody was.
 * - `away`: the server does not answer; the page tries again.
 */
export type Entrance =
  | { phase: "opening" }
  | { phase: "login"; ended: boolean }
  | { phase: "away"; reason: string; nextAttemptAt: number }
  | { phase: "in"; me: Me };

export type Unit = UnitInfo & Partial<Pick<UnitStatus, "since" | "simulated">>;

// The server was away at the first request: how long until the next.
const OPEN_AGAIN_MS = 3_000;
// Open commands are looked after this often.
const LOOK_MS = 1_000;

const RANK: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };

export class Session {
  readonly api: Api;
  readonly live: LiveClient;
  readonly commands: Commands;
  readonly entrance = new Cell<Entrance>({ phase: "opening" });
  /** Null until heard of. */
  readonly gateways = new Cell<readonly GatewayInfo[] | null>(null);
  readonly units = new Cell<ReadonlyMap<string, Unit> | null>(null);
  readonly journal = new Cell<JournalStatus | null>(null);
  /** Null until heard of, and for who may not see them. */
  readonly sinks = new Cell<readonly SinkInfo[] | null>(null);
  #listed: UnitInfo[] | null = null;
  readonly #statuses = new Map<string, UnitStatus>();
  #unitsCounted = -1;
  #following = false;
  #reading = false;
  #readAgain = false;
  #checking = false;

  constructor(api: Api, live: LiveClient) {
    this.api = api;
    this.live = live;
    this.commands = new Commands(api);
    live.onLost = () => void this.#checkSignedIn();
  }

  /** Find out who I am, then connect. */
  async open(): Promise<void> {
    this.entrance.value = { phase: "opening" };
    try {
      this.#enter(await this.api.me());
    } catch (error) {
      if (error instanceof ApiError && error.isSignedOut) this.entrance.value = { phase: "login", ended: false };
      else this.#openLater((error as Error).message);
    }
  }

  /** Trade a code for a session. Throws what the server says against it. */
  async login(code: string): Promise<void> {
    this.#enter(await this.api.login(code));
  }

  async logout(): Promise<void> {
    await this.api.logout();
    this.live.stop();
    this.entrance.value = { phase: "login", ended: false };
  }

  /** Whether my role includes `role`. */
  may(role: Role): boolean {
    const entrance = this.entrance.value;
    return entrance.phase === "in" && RANK[entrance.me.role] >= RANK[role];
  }

  #enter(me: Me): void {
    this.entrance.value = { phase: "in", me };
    if (!this.#following) this.#follow();
    this.live.start();
    void this.readUnits();
  }

  #openLater(reason: string): void {
    this.entrance.value = { phase: "away", reason, nextAttemptAt: performance.now() + OPEN_AGAIN_MS };
    setTimeout(() => {
      if (this.entrance.value.phase === "away") void this.open();
    }, OPEN_AGAIN_MS);
  }

  /** A refused WebSocket looks like a broken one to a page; asking over HTTP tells them apart. */
  async #checkSignedIn(): Promise<void> {
    if (this.#checking || this.entrance.value.phase !== "in") return;
    this.#checking = true;
    try {
      await this.api.me();
    } catch (error) {
      if (error instanceof ApiError && error.isSignedOut) {
        this.live.stop();
        this.entrance.value = { phase: "login", ended: true };
      }
    } finally {
      this.#checking = false;
    }
  }

  #follow(): void {
    this.#following = true;
    this.live.status.watch((status) => {
      if (status.phase === "connected" && this.#readAgain) void this.readUnits();
    });
    this.live.follow("lineside/gateways", { onValue: (_, value) => this.#onGateways(value) });
    this.live.follow("lineside/journal", {
      onValue: (_, value) => (this.journal.value = value as JournalStatus),
    });
    this.live.follow("lineside/sinks", {
      onValue: (_, value) => (this.sinks.value = (value as { sinks: SinkInfo[] }).sinks),
      onGone: () => (this.sinks.value = null),
    });
    this.live.follow("*/*/status", {
      onValue: (topic, value) => this.#onStatus(unitOfTopic(topic), value as UnitStatus),
      onGone: (topic) => this.#onGone(unitOfTopic(topic)),
    });
    this.commands.follow(this.live);
    setInterval(() => void this.commands.lookAgain(), LOOK_MS);
  }

  #onGateways(value: unknown): void {
    const gateways = (value as { gateways: GatewayInfo[] }).gateways;
    this.gateways.value = gateways;
    const count = gateways.reduce((sum, one) => sum + one.units, 0);
    if (count !== this.#unitsCounted) void this.readUnits();
    this.#unitsCounted = count;
  }

  #onStatus(name: string, status: UnitStatus): void {
    const isNew = !this.#statuses.has(name);
    this.#statuses.set(name, status);
    this.#showUnits();
    if (isNew && !this.units.value?.has(name)) void this.readUnits();
  }

  #onGone(name: string): void {
    this.#statuses.delete(name);
    this.#listed = this.#listed?.filter((unit) => unit.unit !== name) ?? null;
    this.#showUnits();
  }

  /** Read which units there are, and of what kind. */
  async readUnits(): Promise<void> {
    this.#readAgain = true;
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#readAgain) {
        this.#readAgain = false;
        this.#listed = await this.api.units();
        this.#showUnits();
      }
    } catch {
      // The live connection tells that the server is away; units are read again when it is back.
      this.#readAgain = true;
    } finally {
      this.#reading = false;
    }
  }

  /** The list over HTTP says what a unit is; its topic says, newer, how it is. */
  #showUnits(): void {
    if (!this.#listed) return;
    this.units.value = new Map(
      this.#listed.map((unit) => {
        const status = this.#statuses.get(unit.unit);
        if (!status) return [unit.unit, unit];
        const { state, reason, connected, since, simulated } = status;
        return [unit.unit, { ...unit, state, reason, connected, since, simulated: simulated === true }];
      }),
    );
  }
}

/** `ward/1/status` → `ward/1`. */
export function unitOfTopic(topic: string): string {
  return topic.split("/").slice(0, 2).join("/");
}

/** The session of this browser page. */
export function browserSession(): Session {
  const live = new LiveClient(browserWorld(liveUrl(window.location)));
  return new Session(new Api(), live);
}
