/** The HTTP API, as a signed-in page uses it. */

import type { CommandReport, ErrorDetail, EventPage, Me, UnitInfo } from "./protocol";
import { ServerClock } from "./server_clock";

// A server that has not answered by then is away; every request here is small.
const ANSWER_MS_MAX = 10_000;

/** The server answered with a refusal, or (`status` 0) did not answer. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly retry: boolean;

  constructor(status: number, detail: ErrorDetail) {
    super(detail.message);
    this.name = "ApiError";
    this.status = status;
    this.code = detail.code;
    this.retry = detail.retry;
  }

  /** Nobody is signed in (any more). */
  get isSignedOut(): boolean {
    return this.status === 401;
  }

  /** No answer came; nothing is known of what the request did. */
  get isAway(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 504;
  }
}

export interface EventQuery {
  after?: number;
  before?: number;
  limit?: number;
  newest?: boolean;
  gateway?: string;
  unit?: string;
  kind?: string;
  /** Also the kinds that machines make by the thousand while nothing happens. */
  routine?: boolean;
}

export interface CommandRequest {
  id: string;
  unit: string;
  name: string;
  params: Record<string, unknown>;
  reason: string;
}

export class Api {
  readonly clock = new ServerClock();
  readonly #fetch: typeof fetch;

  constructor(fetcher: typeof fetch = fetch.bind(globalThis)) {
    this.#fetch = fetcher;
  }

  me(): Promise<Me> {
    return this.#ask<Me>("GET", "/api/me");
  }

  /** Trade a login code for a session. */
  login(code: string): Promise<Me> {
    return this.#ask<Me>("POST", "/api/login", { code });
  }

  logout(): Promise<unknown> {
    return this.#ask("POST", "/api/logout", {});
  }

  async units(): Promise<UnitInfo[]> {
    return (await this.#ask<{ units: UnitInfo[] }>("GET", "/api/units")).units;
  }

  events(query: EventQuery): Promise<EventPage> {
    return this.#ask<EventPage>("GET", `/api/events?${queryText(query)}`);
  }

  command(request: CommandRequest): Promise<CommandReport> {
    return this.#ask<CommandReport>("POST", "/api/commands", request);
  }

  report(id: string): Promise<CommandReport> {
    return this.#ask<CommandReport>("GET", `/api/commands/${encodeURIComponent(id)}`);
  }

  /** Ask any route that only tells; `path` with its query. */
  read<T>(path: string): Promise<T> {
    return this.#ask<T>("GET", path);
  }

  /** Ask any route that changes or records something. */
  write<T>(path: string, body: unknown): Promise<T> {
    return this.#ask<T>("POST", path, body);
  }

  /** Ask any route that removes something. */
  remove<T>(path: string): Promise<T> {
    return this.#ask<T>("DELETE", path);
  }

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.#send(method, path, body);
    this.clock.hear(response.headers.get("date"));
    const answer: unknown = await response.json().catch(() => null);
    if (!response.ok) throw new ApiError(response.status, errorDetail(answer, response));
    return answer as T;
  }

  async #send(method: string, path: string, body?: unknown): Promise<Response> {
    const headers: Record<string, string> = { Accept: "application/json" };
    const init: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store" };
    if (method !== "GET") {
      headers["X-Lineside"] = "1"; // what a page of another site cannot send
      headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(body ?? {});
    }
    try {
      return await this.#fetch(path, { ...init, signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    } catch (error) {
      const message = (error as Error).name === "TimeoutError" ? "no answer in time" : "the server does not answer";
      throw new ApiError(0, { code: "away", message, retry: true });
    }
  }
}

/** The error an answer carries; made up from the status when it carries none. */
export function errorDetail(answer: unknown, response: { status: number; statusText: string }): ErrorDetail {
  const error = (answer as { error?: Partial<ErrorDetail> } | null)?.error;
  return {
    code: error?.code ?? "error",
    message: error?.message ?? `the server answered ${response.status} ${response.statusText}`.trim(),
    retry: error?.retry ?? response.status >= 500,
  };
}

export function queryText(query: EventQuery): string {
  const parts = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") parts.set(key, String(value));
  }
  return parts.toString();
}
