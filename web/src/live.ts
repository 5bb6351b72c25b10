/**
 * The live connection: one WebSocket to /api/live, kept open, resumed where it was cut.
 *
 *     connecting ──hello──► connected ──lost──► waiting ──back-off──► connecting …
 *
 * The server sends snapshots of states, then changes; each value has an offset. After a cut the client asks to go on
 * behind the last offset of the same epoch. What the server cannot give again is told to the followers as a gap: a
 * page must never look complete when it is not.
 */

import { Cell } from "./cell";
import type { Position, PulseItem, ServerMessage, SubscribedTopic } from "./protocol";
import { topicMatches } from "./topics";

/** Who wants the values of a pattern of topics. */
export interface Follower {
  /** First as many past values of the feed as the server still holds, up to so many. Only with a pattern that is a name. */
  readonly pastValues?: number;
  onValue(topic: string, value: unknown): void;
  /** `skipped` values of a feed are missing before the next one; null: nobody knows how many. */
  onGap?(topic: string, skipped: number | null): void;
  /** The topic is no more. */
  onGone?(topic: string): void;
}

export interface LinkStatus {
  phase: "connecting" | "connected" | "waiting";
  /** Why it is not connected; empty while it is. */
  reason: string;
  /** When the next attempt is due, in milliseconds of `now`; null unless waiting. */
  nextAttemptAt: number | null;
  /** When the last message came, in milliseconds of `now`; null before the first. */
  heardAt: number | null;
}

/** The part of a browser's WebSocket that is used. */
export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

export interface LiveSettings {
  /** First and longest wait between attempts. Capped: an operator looks at this page and wants it back soon. */
  backoffMsFirst: number;
  backoffMsMax: number;
  /** From the start of an attempt to the server's hello. */
  helloMsMax: number;
  /** Between two pings; below the idle deadlines of servers and proxies. */
  pingMs: number;
  /** Silence after a ping that means that the path is dead. */
  silenceMsMax: number;
}

export const LIVE_SETTINGS: LiveSettings = {
  backoffMsFirst: 500,
  backoffMsMax: 15_000,
  helloMsMax: 10_000,
  pingMs: 15_000,
  silenceMsMax: 10_000,
};

export interface LiveWorld {
  open(): SocketLike;
  /** Monotonic milliseconds. */
  now(): number;
  later(ms: number, call: () => void): () => void;
  /** A number from 0 to 1, for jitter. */
  random(): number;
}

export function browserWorld(url: string): LiveWorld {
  return {
    open: () => new WebSocket(url) as unknown as SocketLike,
    now: () => performance.now(),
    later: (ms, call) => {
      const timer = setTimeout(call, ms);
      return () => clearTimeout(timer);
    },
    random: Math.random,
  };
}

/** The address of the live connection of the page's own server. */
export function liveUrl(location: { protocol: string; host: string }): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/live`;
}

interface Topic {
  kind: "state" | "feed" | null;
  position: Position;
  value: unknown;
  /** How many past values to ask for next, while past values are being asked for; null otherwise. */
  past: number | null;
}

// The server gives past values only when it holds all that were asked for; then ask for a quarter, down to none.
const PAST_SHRINK = 4;
const PAST_MIN = 8;
// After so many attempts the wait between two has reached its limit, whatever the settings.
const ATTEMPTS_SELDOM = 16;

export class LiveClient {
  readonly status: Cell<LinkStatus>;
  /** What the server calls itself; empty before the first hello. */
  readonly server = new Cell("");
  /** Called when a connection was lost or could not be made: the page asks whether it is still signed in. */
  onLost: (reason: string) => void = () => {};

  readonly #world: LiveWorld;
  readonly #settings: LiveSettings;
  readonly #followers = new Map<string, Set<Follower>>();
  readonly #topics = new Map<string, Topic>();
  readonly #matches = new Map<string, Follower[]>();
  #socket: SocketLike | null = null;
  #epoch = "";
  #isReady = false;
  #isRunning = false;
  #attempts = 0;
  #lastId = 0;
  #asked = new Map<number, string[]>();
  #toAsk = new Set<string>();
  #askSoon = false;
  #timers = new Map<string, () => void>();

  constructor(world: LiveWorld, settings: LiveSettings = LIVE_SETTINGS) {
    this.#world = world;
    this.#settings = settings;
    this.status = new Cell<LinkStatus>({ phase: "connecting", reason: "", nextAttemptAt: null, heardAt: null });
  }

  /** When the last message came (milliseconds of the world's clock), without waiting for a change of status. */
  heardAt: number | null = null;

  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#connect();
  }

  stop(): void {
    this.#isRunning = false;
    this.#drop();
    this.#show("waiting", "closed by this page");
  }

  /** Do not wait for the back-off. */
  tryNow(): void {
    if (this.#isRunning && this.status.value.phase === "waiting") this.#connect();
  }

  /** Get the values of all topics that match, from now on; states at once if they are known. */
  follow(pattern: string, follower: Follower): () => void {
    const followers = this.#followers.get(pattern);
    this.#matches.clear();
    if (followers) {
      followers.add(follower);
    } else {
      this.#followers.set(pattern, new Set([follower]));
      this.#askFor(pattern);
    }
    for (const [name, topic] of this.#topics) {
      if (topic.kind === "state" && topicMatches(pattern, name)) follower.onValue(name, topic.value);
    }
    return () => this.#unfollow(pattern, follower);
  }

  #unfollow(pattern: string, follower: Follower): void {
    const followers = this.#followers.get(pattern);
    if (!followers?.delete(follower)) return;
    this.#matches.clear();
    if (followers.size) return;
    this.#followers.delete(pattern);
    this.#toAsk.delete(pattern);
    if (this.#isReady) this.#send({ op: "unsubscribe", id: ++this.#lastId, topics: [pattern] });
    for (const name of [...this.#topics.keys()]) if (!this.#followersOf(name).length) this.#topics.delete(name);
  }

  // ------------------------------------------------------------------------------------------------ connection

  #connect(): void {
    this.#drop();
    this.#show("connecting", this.status.value.reason);
    let socket: SocketLike;
    try {
      socket = this.#world.open();
    } catch (error) {
      this.#lost((error as Error).message);
      return;
    }
    this.#socket = socket;
    socket.onmessage = (event) => {
      if (socket === this.#socket) this.#receive(event.data);
    };
    socket.onclose = (event) => {
      if (socket === this.#socket) this.#lost(event.reason || closeText(event.code));
    };
    this.#timer("hello", this.#settings.helloMsMax, () => this.#lost("no answer in time"));
  }

  /** Forget the present socket without a word to the followers. */
  #drop(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#isReady = false;
    this.#asked.clear();
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    try {
      socket.close(1000);
    } catch {
      // It was never open; there is nothing to close.
    }
  }

  /** `retry` false: the server does not expect this page back; it still looks, as seldom as it ever does. */
  #lost(reason: string, retry = true): void {
    this.#drop();
    if (!retry) this.#attempts = ATTEMPTS_SELDOM;
    const wait = backoffMs(this.#attempts++, this.#settings, this.#world.random());
    this.#show("waiting", reason, this.#world.now() + wait);
    this.#timer("attempt", wait, () => this.#connect());
    this.onLost(reason);
  }

  #show(phase: LinkStatus["phase"], reason: string, nextAttemptAt: number | null = null): void {
    this.status.value = { phase, reason, nextAttemptAt, heardAt: this.heardAt };
  }

  #timer(name: string, ms: number, call: () => void): void {
    this.#timers.get(name)?.();
    this.#timers.set(name, this.#world.later(ms, call));
  }

  #cancel(name: string): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }

  /** Ping for ever; silence after a ping ends the connection. Anything heard counts as the answer. */
  #keepAlive(): void {
    this.#timer("ping", this.#settings.pingMs, () => {
      this.#send({ op: "ping", id: ++this.#lastId });
      this.#timer("silence", this.#settings.silenceMsMax, () => this.#lost("the server went silent"));
      this.#keepAlive();
    });
  }

  #send(message: object): void {
    this.#socket?.send(JSON.stringify(message));
  }

  // ------------------------------------------------------------------------------------------------ subscribing

  #askFor(pattern: string): void {
    this.#toAsk.add(pattern);
    if (this.#askSoon) return;
    this.#askSoon = true;
    // Components that appear together follow one after the other; ask once for all of them.
    queueMicrotask(() => {
      this.#askSoon = false;
      if (this.#isReady) this.#subscribe([...this.#toAsk]);
    });
  }

  #subscribe(patterns: string[]): void {
    this.#toAsk.clear();
    if (!patterns.length) return;
    const resume: Record<string, Position> = {};
    for (const [name, topic] of this.#topics) {
      if (topic.kind === "feed" && patterns.some((p) => topicMatches(p, name))) resume[name] = topic.position;
    }
    const id = ++this.#lastId;
    this.#asked.set(id, patterns);
    this.#send({ op: "subscribe", id, topics: patterns, resume });
  }

  // ------------------------------------------------------------------------------------------------ receiving

  #receive(data: unknown): void {
    if (typeof data !== "string") return;
    this.heardAt = this.#world.now();
    this.#cancel("silence");
    const message = JSON.parse(data) as ServerMessage;
    switch (message.op) {
      case "hello":
        this.#onHello(message.epoch, message.server);
        break;
      case "subscribed":
        this.#onSubscribed(this.#asked.get(message.id) ?? [], message.topics);
        this.#asked.delete(message.id);
        break;
      case "pulse":
        for (const item of message.items) this.#onItem(item);
        break;
      case "error":
        console.warn(`live: ${message.error.code}: ${message.error.message}`);
        break;
      case "bye":
        this.#lost(message.reason, message.retry);
        break;
      case "pong":
      case "unsubscribed":
        break;
    }
  }

  #onHello(epoch: string, server: string): void {
    this.#cancel("hello");
    this.#attempts = 0;
    this.#isReady = true;
    this.#epoch = epoch;
    this.server.value = server;
    this.#show("connected", "");
    this.#subscribe([...this.#followers.keys()]);
    this.#keepAlive();
  }

  #onSubscribed(patterns: string[], topics: SubscribedTopic[]): void {
    const told = new Set(topics.map((one) => one.topic));
    for (const name of [...this.#topics.keys()]) {
      if (!told.has(name) && patterns.some((p) => topicMatches(p, name))) this.#gone(name);
    }
    for (const one of topics) this.#onSubscribedTopic(one);
  }

  #onSubscribedTopic(one: SubscribedTopic): void {
    const known = this.#topics.get(one.topic);
    const position = { epoch: this.#epoch, offset: one.offset };
    if (one.kind === "state") {
      this.#topics.set(one.topic, { kind: "state", position, value: one.value, past: null });
      for (const follower of this.#followersOf(one.topic)) follower.onValue(one.topic, one.value);
    } else if (!known) {
      const topic: Topic = { kind: "feed", position, value: undefined, past: null };
      this.#topics.set(one.topic, topic);
      this.#askPast(one.topic, topic, this.#pastOf(one.topic));
    } else if (one.recovered) {
      known.past = null; // it goes on behind our own position with the next pulse
    } else if (known.past !== null) {
      known.position = position;
      this.#askPast(one.topic, known, Math.floor(known.past / PAST_SHRINK));
    } else {
      this.#tellGap(one.topic, known.position.epoch === this.#epoch ? one.offset - known.position.offset : null);
      known.position = position;
      this.#askPast(one.topic, known, this.#pastOf(one.topic));
    }
  }

  /** Ask for the last `count` values of a feed; until the answer its values are held back, since they come again. */
  #askPast(name: string, topic: Topic, count: number): void {
    if (count < PAST_MIN && topic.past === null) return;
    const wanted = count < PAST_MIN ? 0 : count;
    if (wanted === 0 && topic.past === 0) {
      topic.past = null;
      return;
    }
    topic.past = wanted;
    topic.position = { epoch: this.#epoch, offset: Math.max(0, topic.position.offset - wanted) };
    this.#send({ op: "subscribe", id: ++this.#lastId, topics: [name], resume: { [name]: topic.position } });
  }

  #pastOf(name: string): number {
    return Math.max(0, ...this.#followersOf(name).map((follower) => follower.pastValues ?? 0));
  }

  #tellGap(name: string, skipped: number | null): void {
    if (skipped !== 0) for (const follower of this.#followersOf(name)) follower.onGap?.(name, skipped);
  }

  #onItem(item: PulseItem): void {
    if (item.gone) {
      this.#gone(item.t);
      return;
    }
    const topic = this.#topicOf(item);
    if (topic.past !== null) return;
    topic.position = { epoch: this.#epoch, offset: item.o };
    if (item.gap) this.#tellGap(item.t, item.gap);
    if (!("v" in item)) return;
    if (topic.kind === "state") topic.value = item.v;
    for (const follower of this.#followersOf(item.t)) follower.onValue(item.t, item.v);
  }

  #topicOf(item: PulseItem): Topic {
    let topic = this.#topics.get(item.t);
    if (!topic) {
      topic = { kind: item.k ?? null, position: { epoch: this.#epoch, offset: item.o }, value: undefined, past: null };
      this.#topics.set(item.t, topic);
    }
    if (item.k) topic.kind = item.k;
    return topic;
  }

  #gone(name: string): void {
    this.#topics.delete(name);
    for (const follower of this.#followersOf(name)) follower.onGone?.(name);
    this.#matches.delete(name);
  }

  #followersOf(name: string): Follower[] {
    let found = this.#matches.get(name);
    if (!found) {
      found = [];
      for (const [pattern, followers] of this.#followers) if (topicMatches(pattern, name)) found.push(...followers);
      this.#matches.set(name, found);
    }
    return found;
  }
}

/** Doubling from first to max, with a fifth of jitter so that many pages do not return at once. */
export function backoffMs(attempts: number, settings: LiveSettings, random: number): number {
  const plain = Math.min(settings.backoffMsMax, settings.backoffMsFirst * 2 ** Math.min(attempts, 16));
  return Math.round(plain * (0.8 + 0.4 * random));
}

function closeText(code: number): string {
  switch (code) {
    case 1001:
      return "the server is stopping";
    case 1006:
      return "the connection broke";
    case 1013:
      return "the server is too busy";
    default:
      return `the connection was closed (${code})`;
  }
}
