/** One waveform in a canvas, drawn by uPlot: crisp line, quiet grid, a dot at the newest value. */

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import { fade, palette } from "../../parts/palette";
import { type Span, ticksOf } from "./scale_range";

/** Width of the scale to the left of all plots, so that they and the phase strip share one time axis; CSS pixels. */
export const SCALE_WIDTH = 46;
/** Room to the right for the dot at the newest value. */
export const RIGHT_ROOM = 16;
const TIME_AXIS_HEIGHT = 24;
const SYNC_KEY = "ventilator";

export interface PlotLook {
  /** Custom property with the colour of the line: `--trace-1`. */
  colour: string;
  /** Whether the time axis is written below. */
  hasTimeAxis: boolean;
  /** Called with the index of the point under the pointer, null when it leaves. */
  onPoint(index: number | null): void;
}

export class TracePlot {
  readonly #plot: uPlot;
  readonly #look: PlotLook;
  #x: Span = { min: -30, max: 0 };
  #y: Span = { min: 0, max: 1 };
  #newest = -1;
  #isNow = false;

  constructor(root: HTMLElement, look: PlotLook) {
    this.#look = look;
    this.#plot = new uPlot(this.#options(root), [[], []], root);
  }

  resize(width: number, height: number): void {
    if (width > 0 && height > 0) this.#plot.setSize({ width, height });
  }

  /** Draw the points; `newest` is the index of the one with the dot, −1 for none. `isNow`: the edge is the present. */
  draw(places: number[], line: (number | null)[], x: Span, y: Span, newest: number, isNow: boolean): void {
    this.#x = x;
    this.#y = y;
    this.#newest = newest;
    this.#isNow = isNow;
    this.#plot.setData([places, line]);
  }

  /** The same again, in other colours. */
  redraw(): void {
    this.#plot.redraw(false, true);
  }

  end(): void {
    this.#plot.destroy();
  }

  #colour = (): string => palette().value(this.#look.colour);

  #options(root: HTMLElement): uPlot.Options {
    return {
      width: root.clientWidth || 600,
      height: root.clientHeight || 120,
      padding: [8, RIGHT_ROOM, this.#look.hasTimeAxis ? 0 : 6, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: false, y: false, setScale: false },
        sync: { key: SYNC_KEY },
      },
      scales: {
        x: { time: false, range: () => [this.#x.min, this.#x.max] },
        y: { range: () => [this.#y.min, this.#y.max] },
      },
      axes: [this.#timeAxis(), this.#valueAxis()],
      series: [
        {},
        {
          stroke: this.#colour,
          fill: () => fade(this.#colour(), 0.07),
          width: 1.6,
          points: { show: false },
          spanGaps: false,
        },
      ],
      hooks: {
        draw: [(plot) => this.#drawDot(plot)],
        setCursor: [(plot) => this.#look.onPoint(plot.cursor.idx ?? null)],
      },
    };
  }

  #timeAxis(): uPlot.Axis {
    const look = this.#look;
    return {
      ...axisColours(),
      size: look.hasTimeAxis ? TIME_AXIS_HEIGHT : 0,
      splits: (plot) => ticksOf(this.#x, plot.width < 440 ? 3 : 6),
      values: (_, ticks) => ticks.map((tick) => (look.hasTimeAxis ? secondsText(tick, this.#isNow && this.#x.max === 0) : "")),
    };
  }

  #valueAxis(): uPlot.Axis {
    return {
      ...axisColours(),
      size: SCALE_WIDTH,
      gap: 6,
      splits: (plot) => ticksOf(this.#y, Math.max(2, Math.round(plot.height / 42))),
      values: (_, ticks) => ticks.map((tick) => String(Number(tick.toPrecision(6)))),
    };
  }

  #drawDot(plot: uPlot): void {
    const x = plot.data[0][this.#newest];
    const y = plot.data[1]?.[this.#newest];
    if (x === undefined || y === undefined || y === null) return;
    const left = Math.min(plot.valToPos(x, "x", true), plot.bbox.left + plot.bbox.width);
    const top = plot.valToPos(y, "y", true);
    const context = plot.ctx;
    const size = devicePixelRatio;
    context.save();
    context.fillStyle = fade(this.#colour(), 0.25);
    circle(context, left, top, 6 * size);
    context.fillStyle = this.#colour();
    circle(context, left, top, 2.6 * size);
    context.restore();
  }
}

function circle(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

function axisColours(): uPlot.Axis {
  return {
    stroke: () => palette().value("--ink-3"),
    font: `11px ${palette().value("--font-text") || "sans-serif"}`,
    grid: { stroke: () => palette().value("--grid"), width: 1 },
    ticks: { show: false },
    border: { show: false },
  };
}

/** `−20 s` … `now` of a window that scrolls, `0 s` … `30 s` of a sweep or of one that stands still. */
export function secondsText(place: number, endsNow: boolean): string {
  if (endsNow && Math.abs(place) < 1e-6) return "now";
  return `${String(Math.round(place)).replace("-", "−")} s`;
}
