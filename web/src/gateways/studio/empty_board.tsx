/** A studio without tables: what a reporter has to call, and how to try it. */

import { useEffect, useState } from "preact/hooks";

import { usePage } from "../../parts/context";
import { listenerUrl, reporterUrl, type StudioListener } from "./reporter_url";
import { readListener } from "./routes";

export function EmptyBoard({ gateway }: { gateway: string }) {
  const listener = useListener(gateway);
  const host = window.location.hostname;
  const base = listenerUrl(listener, host);
  const tries = [
    `lineside studio client --url ${base} --table ARO-001 --device dealerPC`,
    `lineside simulate table --server ${base} --tables 12`,
  ];
  return (
    <section class="panel empty studio-empty" data-testid="no-tables">
      <strong>No table has reported to {gateway} yet</strong>
      <p>A table appears here by itself when its first reporter signs in. The address that a reporter calls:</p>
      <pre data-testid="reporter-url">{reporterUrl(listener, host, "ARO-001", "dealerPC")}</pre>
      <p>
        <code>ARO-001</code> is the table and <code>dealerPC</code> the device;{" "}
        {listener?.auth === "tokens"
          ? "TOKEN is the one that the settings give this table or device."
          : "TOKEN may be any text as long as the settings name no tokens."}{" "}
        Then it sends updates, and gets each one confirmed once it is on disk:
      </p>
      <pre>{`→ {"sdp": "up", "broker": "up"}\n← {"status": "updated", "table_id": "ARO-001"}`}</pre>
      <p>To see a board in motion first:</p>
      <pre>{tries.join("\n")}</pre>
    </section>
  );
}

function useListener(gateway: string): StudioListener | null {
  const { session } = usePage();
  const [listener, setListener] = useState<StudioListener | null>(null);
  useEffect(() => {
    // Without an answer the usual address is shown; the live connection tells that the server is away.
    readListener(session.api, gateway).then(setListener, () => {});
  }, [session, gateway]);
  return listener;
}
