/** The bar above everything: where to go, how the connection and the journal are, and who I am. */

import { useCell } from "../cell";
import { countText } from "../format";
import { hashOf } from "../places";
import type { Me } from "../protocol";
import { usePage } from "./context";
import { Lamp, type Tone } from "./lamp";
import { Mark } from "./mark";
import { Menu } from "./menu";
import { SinksChip } from "./sinks";
import { useTicking } from "./ticking";

export function TopBar({ me }: { me: Me }) {
  const { session, place } = usePage();
  const at = useCell(place).at;
  const units = useCell(session.units);
  const gateways = useCell(session.gateways);
  const isSimulated =
    [...(units?.values() ?? [])].some((unit) => unit.simulated) || Boolean(gateways?.some((one) => one.simulated));
  return (
    <header class="top-bar">
      <a class="brand" href={hashOf({ at: "overview" })} aria-label="lineside, overview">
        <Mark />
        <span>lineside</span>
      </a>
      <nav aria-label="Main">
        <a href={hashOf({ at: "overview" })} aria-current={at === "overview" ? "page" : undefined}>
          Overview
        </a>
        <a href={hashOf({ at: "events" })} aria-current={at === "events" ? "page" : undefined}>
          Events
        </a>
      </nav>
      <span class="spring" />
      {isSimulated && (
        <span class="tag tag-simulated" data-testid="simulated" title="A simulator plays at least one of the machines.">
          simulated data
        </span>
      )}
      <JournalChip />
      <SinksChip />
      <LinkChip />
      <Who me={me} />
    </header>
  );
}

function LinkChip() {
  const { session } = usePage();
  const link = useCell(session.live.status);
  useTicking(250, link.phase === "waiting");
  const seconds = Math.max(0, Math.ceil(((link.nextAttemptAt ?? 0) - performance.now()) / 1000));
  const [tone, text]: [Tone, string] =
    link.phase === "connected"
      ? ["ok", "connected"]
      : link.phase === "waiting"
        ? ["warn", seconds ? `reconnecting in ${seconds} s` : "reconnecting"]
        : ["idle", "connecting"];
  return (
    <span class={`chip chip-${tone}`} data-testid="link" data-phase={link.phase} title={link.reason}>
      <Lamp tone={tone} />
      <span role="status">{text}</span>
      {link.phase === "waiting" && (
        <button type="button" class="bare" onClick={() => session.live.tryNow()}>
          now
        </button>
      )}
    </span>
  );
}

function JournalChip() {
  const { session } = usePage();
  const journal = useCell(session.journal);
  const isLinked = useCell(session.live.status).phase === "connected";
  if (!journal) return null;
  if (!isLinked) {
    return (
      <span class="chip" data-testid="journal" data-state="unheard" title="Not connected: its state is not known now.">
        <Lamp tone="idle" />
        journal
      </span>
    );
  }
  const isOk = journal.state === "ok";
  return (
    <span
      class={`chip chip-${isOk ? "ok" : "bad"}`}
      data-testid="journal"
      data-state={journal.state}
      title={isOk ? `Everything up to event ${journal.seq} is on disk.` : journal.reason}
    >
      <Lamp tone={isOk ? "ok" : "bad"} />
      journal {isOk ? <span class="chip-more">{countText(journal.seq)} on disk</span> : journal.state.replace("_", " ")}
    </span>
  );
}

function Who({ me }: { me: Me }) {
  const { session } = usePage();
  return (
    <Menu
      class="who"
      testId="who"
      head={
        <>
          {me.name} <span class="quiet">{me.role}</span>
        </>
      }
    >
      <div class="menu-sheet">
        <p>
          Signed in as <strong>{me.name}</strong>
        </p>
        <p class="quiet">
          {roleText(me.role)} {me.gateways ? `Gateways: ${me.gateways.join(", ") || "none"}.` : "All gateways."}
        </p>
        <p class="quiet">{session.live.server.value}</p>
        <button type="button" data-testid="logout" onClick={() => void session.logout()}>
          Log out
        </button>
      </div>
    </Menu>
  );
}

function roleText(role: Me["role"]): string {
  switch (role) {
    case "viewer":
      return "Viewer: may look.";
    case "operator":
      return "Operator: may look and steer.";
    case "admin":
      return "Admin: may look, steer and change who has access.";
  }
}
