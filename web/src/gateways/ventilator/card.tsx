/** A ventilator on the overview: one living line, the phase and the alarms. */

import { useEffect, useRef } from "preact/hooks";

import { useCell } from "../../cell";
import { plural, readingText } from "../../format";
import { palette } from "../../parts/palette";
import { alarmWords, worstPriority } from "./alarm_names";
import { labelOf, tracesOf } from "./fields";
import { phaseName, phaseNames, phaseText } from "./phases";
import { roundSpan } from "./scale_range";
import { TimeWindow } from "./time_window";
import { emptyTraceData, fillTraces, gapSeconds } from "./trace_data";
import type { UnitFeed } from "./unit_feed";
import { useLiveness, useUnitFeed } from "./use_feed";

const WINDOW_S = 15;
// A glance needs no more pictures than this.
const DRAW_MS = 66;

export function VentilatorCard({ unit }: { unit: string }) {
  const feed = useUnitFeed(unit);
  const liveness = useLiveness(feed);
  const profile = useCell(feed.profile);
  const status = useCell(feed.status);
  const alarms = useCell(feed.alarms) ?? [];
    if (!profile) return <p class="card-empty">Nothing heard yet</p>;
  const trace = tracesOf(profile, [])[0];
  const worst = worstPriority(alarms);
  const phase = phaseName(phaseNames(profile.version), status?.fsm_state ?? null, status?.fsm_name);
  return (
    <div class={`card-body ${liveness.isLive ? "" : "not-live"}`}>
      <div class="card-line">
        <span class="trace-name">{trace ? labelOf(trace) : "Waveform"}</span>
        <CardFigure feed={feed} trace={trace} />
      </div>
      <Sparkline feed={feed} trace={trace} />
      <div class="card-line">
        <span>{liveness.isLive ? phaseText(phase) : `${liveness.text}`}</span>
        {worst ? (
          <span class={`alarm-chip alarm-${worst}`} title={alarms.map((a) => alarmWords(a.name)).join(", ")}>
            <span class="alarm-mark" aria-hidden="true" />
            {plural(alarms.length, "alarm")}
          </span>
        ) : (
          <span class="quiet">no alarm</span>
        )}
      </div>
    </div>
  );
}

function CardFigure({ feed, trace }: { feed: UnitFeed; trace: string | undefined }) {
  const sensors = useCell(feed.sensors);
  if (!trace) return <span />;
  return <span class="card-figure">{readingText(sensors?.sensors[trace])}</span>;
}

function Sparkline({ feed, trace }: { feed: UnitFeed; trace: string | undefined }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (!trace) return undefined;
    let frame = 0;
    const timer = setInterval(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => canvas.current && drawLine(canvas.current, feed, trace));
    }, DRAW_MS);
    return () => {
      clearInterval(timer);
      cancelAnimationFrame(frame);
    };
  }, [feed, trace]);
  return <canvas class="sparkline" ref={canvas} role="img" aria-label={trace ? `${labelOf(trace)} over 15 s` : "no waveform yet"} />;
}

function drawLine(canvas: HTMLCanvasElement, feed: UnitFeed, trace: string): void {
  const ring = feed.ring;
  const column = feed.columnOf(trace);
  const context = canvas.getContext("2d");
  if (!ring?.length || column < 0 || !context) return;
  const width = (canvas.width = Math.round(canvas.clientWidth * devicePixelRatio));
  const height = (canvas.height = Math.round(canvas.clientHeight * devicePixelRatio));
  const edge = Math.min(feed.clock.edge(performance.now() / 1000), ring.lastTime + 1);
  const data = emptyTraceData(1);
  fillTraces(data, ring, [column], new TimeWindow("scroll", WINDOW_S, edge), gapSeconds(feed.clock.period));
  const { min, max } = roundSpan(data.lows[0]!, data.highs[0]!);
  context.strokeStyle = palette().value("--trace-1");
  context.lineWidth = 1.5 * devicePixelRatio;
  context.lineJoin = "round";
  context.beginPath();
  let isDown = false;
  for (const [index, place] of data.places.entries()) {
    const value = data.lines[0]![index];
    if (value === null || value === undefined) {
      isDown = false;
      continue;
    }
    const x = (1 + place / WINDOW_S) * width;
    const y = height - ((value - min) / (max - min)) * (height - 4) - 2;
    if (isDown) context.lineTo(x, y);
    else context.moveTo(x, y);
    isDown = true;
  }
  context.stroke();
}
