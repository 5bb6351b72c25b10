/** A small hub that speaks the live protocol: enough to look at the page, no promise of completeness. */

import { topicMatches } from "../src/topics.ts";
import type { MockSocket } from "./socket.ts";

interface Topic {
  kind: "state" | "feed";
  offset: number;
  value: unknown;
  ring: unknown[];
}

interface Request {
  op: string;
  id: number;
  topics?: string[];
  resume?: Record<string, { epoch: string; offset: number }>;
}

const PULSE_MS = 20;
const RING_VALUES = 2048;

export class MockHub {
  readonly epoch = Math.random().toString(16).slice(2);
  /** No new connections while set; those that are open are cut. */
  isShut = false;
  readonly #topics = new Map<string, Topic>();
  readonly #readers = new Map<MockSocket, { patterns: Set<string>; pending: string[] }>();

  constructor() {
    setInterval(() => this.#pulse(), PULSE_MS).unref();
  }

  state(name: string, value: unknown): void {
    this.#put(name, "state", value);
  }

  feed(name: string, value: unknown): void {
    this.#put(name, "feed", value);
  }

  drop(name: string): void {
    this.#topics.delete(name);
    this.#tell(name, `{"t":${JSON.stringify(name)},"o":0,"gone":true}`);
  }

  attach(socket: MockSocket): void {
    if (this.isShut) return socket.close();
    this.#readers.set(socket, { patterns: new Set(), pending: [] });
    socket.onClose = () => void this.#readers.delete(socket);
    socket.onText = (text) => this.#answer(socket, JSON.parse(text) as Request);
    socket.send(JSON.stringify({ op: "hello", epoch: this.epoch, server: "lineside 0.1.0 (mock)", role: "operator" }));
  }

  shut(isShut: boolean): void {
    this.isShut = isShut;
    if (isShut) for (const socket of this.#readers.keys()) socket.close();
  }

  #put(name: string, kind: Topic["kind"], value: unknown): void {
    let topic = this.#topics.get(name);
    const isNew = !topic;
    if (!topic) this.#topics.set(name, (topic = { kind, offset: 0, value, ring: [] }));
    topic.offset++;
    topic.value = value;
    if (kind === "feed") {
      topic.ring.push(value);
      if (topic.ring.length > RING_VALUES) topic.ring.shift();
    }
    const k = isNew ? { k: kind } : {};
    this.#tell(name, JSON.stringify({ t: name, o: topic.offset, ...k, v: value }));
  }

  #tell(name: string, item: string): void {
    for (const reader of this.#readers.values()) {
      if ([...reader.patterns].some((pattern) => topicMatches(pattern, name))) reader.pending.push(item);
    }
  }

  #pulse(): void {
    for (const [socket, reader] of this.#readers) {
      if (reader.pending.length) socket.send(`{"op":"pulse","items":[${reader.pending.splice(0).join(",")}]}`);
    }
  }

  #answer(socket: MockSocket, request: Request): void {
    const reader = this.#readers.get(socket);
    if (!reader) return;
    if (request.op === "ping") socket.send(JSON.stringify({ op: "pong", id: request.id }));
    if (request.op === "unsubscribe") for (const pattern of request.topics ?? []) reader.patterns.delete(pattern);
    if (request.op !== "subscribe") return;
    this.#pulse();
    const topics: object[] = [];
    const missed: object[] = [];
    for (const [name, topic] of this.#topics) {
      if (!request.topics?.some((pattern) => topicMatches(pattern, name))) continue;
      const from = request.resume?.[name];
      const recovered = from?.epoch === this.epoch && topic.offset - topic.ring.length <= from.offset;
      if (recovered && topic.kind === "feed") {
        const count = topic.offset - from.offset;
        const values = count ? topic.ring.slice(-count) : [];
        for (const [index, v] of values.entries()) missed.push({ t: name, o: from.offset + index + 1, v });
      }
      const value = topic.kind === "state" ? { value: topic.value } : {};
      topics.push({ topic: name, kind: topic.kind, offset: topic.offset, recovered, ...value });
    }
    for (const pattern of request.topics ?? []) reader.patterns.add(pattern);
    socket.send(JSON.stringify({ op: "subscribed", id: request.id, topics }));
    if (missed.length) socket.send(JSON.stringify({ op: "pulse", items: missed }));
  }
}
