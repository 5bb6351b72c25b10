/** A world for the live client that stands still until the test moves it, and a server that the test plays. */

import type { LiveWorld, SocketLike } from "../../src/live";
import type { ServerMessage } from "../../src/protocol";

export interface Sent {
  op: string;
  id: number;
  topics?: string[];
  resume?: Record<string, { epoch: string; offset: number }>;
}

export class PlayedSocket implements SocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  readonly sent: Sent[] = [];
  isClosed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Sent);
  }

  close(): void {
    this.isClosed = true;
  }

  /** The server says something. */
  say(message: ServerMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  hello(epoch = "e1"): void {
    this.say({ op: "hello", epoch, server: "lineside test", role: "operator" });
  }

  cut(code = 1006): void {
    this.onclose?.({ code, reason: "" });
  }

  get last(): Sent {
    return this.sent.at(-1)!;
  }
}

export class PlayedWorld implements LiveWorld {
  readonly sockets: PlayedSocket[] = [];
  time = 0;
  #timers: { at: number; call: () => void }[] = [];

  open(): SocketLike {
    const socket = new PlayedSocket();
    this.sockets.push(socket);
    return socket;
  }

  now(): number {
    return this.time;
  }

  later(ms: number, call: () => void): () => void {
    const timer = { at: this.time + ms, call };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((one) => one !== timer));
  }

  random(): number {
    return 0.5;
  }

  /** Let time pass; what is due happens in its order. */
  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.time = due.at;
      due.call();
    }
    this.time = end;
  }

  get socket(): PlayedSocket {
    return this.sockets.at(-1)!;
  }
}

/** Let microtasks run: the client gathers subscriptions in one. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}
