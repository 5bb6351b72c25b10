/** The server's side of a WebSocket, as little of RFC 6455 as the mock needs: text up to 64 KiB, no fragments. */

import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

const MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

export class MockSocket {
  onText: (text: string) => void = () => {};
  onClose: () => void = () => {};
  readonly #stream: Duplex;
  #buffer = Buffer.alloc(0);

  constructor(request: IncomingMessage, stream: Duplex) {
    this.#stream = stream;
    const key = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${MAGIC}`).digest("base64");
    stream.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`,
    );
    stream.on("data", (data: Buffer) => this.#take(data));
    stream.on("close", () => this.onClose());
    stream.on("error", () => this.onClose());
  }

  send(text: string): void {
    const body = Buffer.from(text);
    const head =
      body.length < 126
        ? Buffer.from([0x81, body.length])
        : body.length < 65_536
          ? Buffer.from([0x81, 126, body.length >> 8, body.length & 255])
          : Buffer.concat([Buffer.from([0x81, 127, 0, 0, 0, 0]), uint32(body.length)]);
    if (!this.#stream.destroyed) this.#stream.write(Buffer.concat([head, body]));
  }

  close(): void {
    this.#stream.destroy();
  }

  #take(data: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, data]);
    for (;;) {
      const buffer = this.#buffer;
      if (buffer.length < 6) return;
      const short = buffer[1]! & 127;
      const start = short === 126 ? 8 : 6;
      if (buffer.length < start) return;
      const size = short === 126 ? buffer.readUInt16BE(2) : short;
      if (buffer.length < start + size) return;
      const mask = buffer.subarray(start - 4, start);
      const body = Buffer.from(buffer.subarray(start, start + size).map((byte, index) => byte ^ mask[index & 3]!));
      this.#buffer = buffer.subarray(start + size);
      const kind = buffer[0]! & 15;
      if (kind === 8) this.close();
      else if (kind === 1) this.onText(body.toString());
    }
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
