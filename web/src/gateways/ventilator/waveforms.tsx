/** The living part: phase strip and waveforms on one time axis, with what the reader may choose about them. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { useCell } from "../../cell";
import { timeText } from "../../format";
import { Menu } from "../../parts/menu";
import { Segments } from "../../parts/segments";
import { stored } from "../../parts/stored";
import { isReading, labelOf, type Profile, TRACES_FIRST, TRACES_MAX, tracesOf } from "./fields";
import type { Liveness } from "./liveness";
import { type PaintSettings, Painter } from "./painter";
import { PhaseStrip } from "./phase_strip";
import { type Family, phaseName, phaseNames, phaseText } from "./phases";
import { type Motion, WINDOWS_S } from "./time_window";
import { TraceRow } from "./trace_row";
import type { UnitFeed } from "./unit_feed";

const chosenTraces = stored<string[]>("ventilator.traces", []);
const chosenSettings = stored<PaintSettings>("ventilator.plot", { windowS: 30, motion: "scroll" });

export function Waveforms({ feed, liveness }: { feed: UnitFeed; liveness: Liveness }) {
  const profile = useCell(feed.profile);
  const painter = useMemo(() => new Painter(feed), [feed]);
  const traces = useCell(chosenTraces);
  const settings = useCell(chosenSettings);
  const [pausedAt, setPausedAt] = useState<number | null>(null);

  useEffect(() => {
    painter.start();
    return () => painter.end();
  }, [painter]);
  useEffect(() => painter.set(settings), [painter, settings]);

  const togglePause = (): void => setPausedAt(painter.pause(pausedAt === null));

  if (!profile) return <NothingYet liveness={liveness} />;
  const names = tracesOf(profile, traces);
  return (
    <section class="panel waveforms" aria-label="Waveforms" data-testid="waveforms" data-live={liveness.isLive}>
      <div class="toolbar">
        <h2>Waveforms</h2>
        <Segments
          label="Time window"
          value={String(settings.windowS)}
          options={WINDOWS_S.map((size) => [String(size), `${size} s`])}
          onChange={(size) => (chosenSettings.value = { ...settings, windowS: Number(size) })}
        />
        <Segments
          label="Motion"
          value={settings.motion}
          options={[
            ["scroll", "Scroll"],
            ["sweep", "Sweep"],
          ]}
          onChange={(motion) => (chosenSettings.value = { ...settings, motion: motion as Motion })}
        />
        <button type="button" class="small" aria-pressed={pausedAt !== null} onClick={togglePause} data-testid="pause">
          {pausedAt === null ? "Pause" : "Resume"}
        </button>
        {pausedAt !== null && <span class="tag tag-pause">held at {timeText(pausedAt)}</span>}
        <span class="spring" />
        <TracePicker profile={profile} names={names} />
      </div>
      <div class={`plots ${liveness.isLive ? "" : "not-live"}`}>
        <div class="plots-drawn">
          <PhaseRow feed={feed} painter={painter} profile={profile} />
          {names.map((name, index) => (
            <TraceRow
              key={name}
              painter={painter}
              name={name}
              unit={profile.fields.find((field) => field.name === name)?.unit ?? ""}
              colour={colourOf(name, profile)}
              isLast={index === names.length - 1}
              isLive={liveness.isLive}
            />
          ))}
        </div>
        {!liveness.isLive && (
          <div class="veil" data-testid="stale">
            <div>
              <strong>{liveness.text}</strong>
              <span role="status">{liveness.why}</span>
            </div>
          </div>
        )}
      </div>
    </section>
  );
}

function NothingYet({ liveness }: { liveness: Liveness }) {
  return (
    <section class="panel waveforms" aria-label="Waveforms" data-live="false">
      <div class="toolbar">
        <h2>Waveforms</h2>
      </div>
      <div class="empty" data-testid="nothing-yet">
        <strong>Nothing heard yet</strong>
        <p>Waveforms are drawn here as soon as the ventilator sends its first sample.</p>
        <p class="quiet">{liveness.why}</p>
      </div>
    </section>
  );
}

const LEGEND: readonly (readonly [Family, string])[] = [
  ["rest", "rest"],
  ["fill", "fill"],
  ["hold", "loaded, pause"],
  ["inhale", "inhale"],
  ["exhale", "exhale"],
  ["clean", "purge, flush"],
];

function PhaseRow({ feed, painter, profile }: { feed: UnitFeed; painter: Painter; profile: Profile }) {
  const status = useCell(feed.status);
  const canvas = useRef<HTMLCanvasElement>(null);
  const names = useMemo(() => phaseNames(profile.version), [profile.version]);

  useEffect(() => {
    const strip = new PhaseStrip(canvas.current!);
    strip.resize();
    painter.setStrip(strip, names);
    return () => painter.setStrip(null, names);
  }, [painter, names]);

  const name = phaseName(names, status?.fsm_state ?? null, status?.fsm_name ?? null);
  return (
    <div class="trace phase-row">
      <div class="trace-head">
        <span class="trace-name">Phase</span>
        <span class="phase-now" data-testid="phase">
          {phaseText(name)}
        </span>
      </div>
      <div>
        <canvas class="phase-strip" ref={canvas} role="img" aria-label={`Breathing phase: ${phaseText(name)}`} />
        <div class="phase-legend" aria-hidden="true">
          {LEGEND.map(([family, text]) => (
            <span key={family} style={{ "--family": `var(--phase-${family})` }}>
              {text}
            </span>
          ))}
        </div>
      </div>
    </div>
  );
}

function TracePicker({ profile, names }: { profile: Profile; names: string[] }) {
  const toggle = (name: string, isOn: boolean): void => {
    const wanted = isOn ? [...names, name] : names.filter((one) => one !== name);
    const order = profile.fields.map((field) => field.name);
    chosenTraces.value = wanted.sort((a, b) => rank(a, order) - rank(b, order));
  };
  return (
    <Menu testId="traces" head={`Traces · ${names.length}`}>
      <fieldset class="menu-sheet">
        <legend>Up to {TRACES_MAX} traces</legend>
        {profile.fields
          .filter((field) => isReading(field.name))
          .map(({ name, unit }) => (
            <label key={name}>
              <input
                type="checkbox"
                checked={names.includes(name)}
                disabled={names.includes(name) ? names.length === 1 : names.length >= TRACES_MAX}
                onChange={(event) => toggle(name, event.currentTarget.checked)}
              />
              {labelOf(name)}
              <span class="quiet">{unit}</span>
            </label>
          ))}
      </fieldset>
    </Menu>
  );
}

/** The usual traces come first, in their usual order; the others as the machine lists them. */
function rank(name: string, order: string[]): number {
  const first = TRACES_FIRST.indexOf(name);
  return first >= 0 ? first : TRACES_FIRST.length + order.indexOf(name);
}

/** A trace keeps its colour whichever others are shown. */
export function colourOf(name: string, profile: Profile): string {
  const first = TRACES_FIRST.indexOf(name);
  if (first >= 0) return `--trace-${first + 1}`;
  const others = profile.fields.map((field) => field.name).filter((one) => isReading(one) && !TRACES_FIRST.includes(one));
  return `--trace-${4 + (others.indexOf(name) % 3)}`;
}
