/** Percent up per field and day; time in maintenance is left out. */

import { useEffect, useState } from "preact/hooks";

import { useCell } from "../../cell";
import { durationText } from "../../format";
import { usePage } from "../../parts/context";
import { labelOf } from "./fields";
import { gradeOf, knownDays, percentOverall, percentText } from "./percent";
import { type AvailabilityDay, readAvailability } from "./routes";
import type { TableFeed } from "./table_feed";

const DAYS = 7;
// The numbers change slowly; somebody who looks for long should still see today's grow.
const READ_MS = 300_000;

export function Availability({ feed }: { feed: TableFeed }) {
  const { session } = usePage();
  const [days, setDays] = useState<readonly AvailabilityDay[] | null>(null);
  const [trouble, setTrouble] = useState("");
  const state = useCell(feed.state);
  useEffect(() => {
    const read = (): void => {
      readAvailability(session.api, feed.unit, DAYS).then(
        (found) => (setDays(knownDays(found)), setTrouble("")),
        (error: Error) => setTrouble(error.message),
      );
    };
    read();
    const timer = setInterval(read, READ_MS);
    return () => clearInterval(timer);
  }, [session, feed]);
  const fields = state?.fields ?? [];
  return (
    <section class="panel" aria-labelledby="availability-title" data-testid="availability">
      <div class="panel-head">
        <h2 id="availability-title">Availability</h2>
        <span class="quiet">percent up, maintenance left out; days in UTC</span>
      </div>
      {trouble && (
        <p class="trouble timeline-trouble" role="alert">
          Could not be read: {trouble}
        </p>
      )}
      {days?.length === 0 && <p class="empty-line">Nothing has been counted yet.</p>}
      {days && days.length > 0 && (
        <div class="table-scroll">
          <table class="availability">
            <thead>
              <tr>
                <th scope="col">Day</th>
                {fields.map((field) => (
                  <th key={field.key} scope="col" class={field.ignored ? "value-ignored" : ""}>
                    {labelOf(field.key)}
                  </th>
                ))}
                <th scope="col">Maintenance</th>
              </tr>
            </thead>
            <tbody>
              {[...days].reverse().map((day) => (
                <DayRow key={day.day} day={day} keys={fields.map((field) => field.key)} />
              ))}
            </tbody>
            {days.length > 1 && (
              <tfoot>
                <tr>
                  <th scope="row">{days.length} days</th>
                  {fields.map((field) => (
                    <Percent key={field.key} percent={percentOverall(days, field.key)} />
                  ))}
                  <td>{worksText(days.reduce((sum, day) => sum + day.maintenance_s, 0))}</td>
                </tr>
              </tfoot>
            )}
          </table>
        </div>
      )}
    </section>
  );
}

function DayRow({ day, keys }: { day: AvailabilityDay; keys: readonly string[] }) {
  return (
    <tr data-testid={`day-${day.day}`}>
      <th scope="row">{day.day}</th>
      {keys.map((key) => (
        <Percent key={key} percent={day.fields[key]?.percent} />
      ))}
      <td>{worksText(day.maintenance_s)}</td>
    </tr>
  );
}

function Percent({ percent }: { percent: number | null | undefined }) {
  return (
    <td class={`percent percent-${gradeOf(percent)}`}>
      {percentText(percent)}
      <span class="percent-bar" style={{ "--share": String((percent ?? 0) / 100) }} aria-hidden="true" />
    </td>
  );
}

function worksText(seconds: number): string {
  return seconds > 0 ? durationText(seconds) : "–";
}
