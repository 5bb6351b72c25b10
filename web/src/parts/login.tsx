/** Pages in place of the console: nobody is signed in, or the server does not answer. */

import { useState } from "preact/hooks";

import type { Session } from "../session";
import { Mark } from "./mark";
import { useTicking } from "./ticking";

export function Login({ session, ended }: { session: Session; ended: boolean }) {
  const [code, setCode] = useState("");
  const [trouble, setTrouble] = useState("");
  const submit = async (): Promise<void> => {
    setTrouble("");
    try {
      await session.login(codeFrom(code));
    } catch (error) {
      setTrouble((error as Error).message);
    }
  };
  return (
    <main class="door" data-testid="login">
      <div class="panel door-panel">
        <p class="brand">
          <Mark />
          <span>lineside</span>
        </p>
        <h1>{ended ? "Your session has ended" : "Please sign in"}</h1>
        <p>
          Open the login link that the server printed when it started. It works once, for ten minutes. For a new one, run
          this on the server:
        </p>
        <pre>lineside login</pre>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void submit();
          }}
        >
          <label class="field">
            Login link or code
            <input
              type="text"
              autocomplete="off"
              spellcheck={false}
              required
              autofocus
              value={code}
              onInput={(event) => setCode(event.currentTarget.value)}
              data-testid="login-code"
            />
          </label>
          <button type="submit" class="go">
            Sign in
          </button>
          {trouble && (
            <p class="trouble" role="alert" data-testid="login-trouble">
              {trouble}
            </p>
          )}
        </form>
      </div>
    </main>
  );
}

/** The code of a pasted link, or what was pasted. */
export function codeFrom(text: string): string {
  const found = /[?&]code=([^&#\s]+)/.exec(text);
  return found ? decodeURIComponent(found[1]!) : text.trim();
}

export function Away({ session, reason, nextAttemptAt }: { session: Session; reason: string; nextAttemptAt: number }) {
  useTicking(250);
  const seconds = Math.max(0, Math.ceil((nextAttemptAt - performance.now()) / 1000));
  return (
    <main class="door" data-testid="away">
      <div class="panel door-panel">
        <p class="brand">
          <Mark />
          <span>lineside</span>
        </p>
        <h1>The server is away</h1>
        <p>
          {reason}. {seconds ? `Trying again in ${seconds} s.` : "Trying again."}
        </p>
        <button type="button" onClick={() => void session.open()}>
          Try now
        </button>
      </div>
    </main>
  );
}
