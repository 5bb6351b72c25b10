/**
 * Draws all plots of a unit together, once per frame of the screen and only when a pixel would change.
 *
 * Samples go from the connection into the ring and from there into canvases and a few text nodes: nothing of the page
 * is rendered anew at the rate of the samples. A hidden tab gets no frames and draws nothing; the ring goes on.
 */

import { readingText, timeText } from "../../format";
import { palette } from "../../parts/palette";
import type { PhaseStrip } from "./phase_strip";
import { stretchesOf } from "./phase_strip";
import type { SampleRing } from "./sample_ring";
import { ScaleRange } from "./scale_range";
import { type Motion, TimeWindow } from "./time_window";
import { emptyTraceData, fillTraces, gapSeconds, type TraceData } from "./trace_data";
import type { TracePlot } from "./trace_plot";
import { STALE_S, type UnitFeed } from "./unit_feed";

// Figures change so often; faster cannot be read.
const FIGURES_MS = 120;
// Part of a device pixel that the window moves before it is drawn again: more often would show the same picture.
const MOVE_PX = 0.75;
// A frame of the screen: asked for so much before it is needed.
const FRAME_MS = 16;
// New samples are drawn after so long also when the window hardly moves.
const DRAW_MS = 100;

/** A row of the page: its plot and the text nodes beside it. */
export interface TraceRow {
  name: string;
  plot: TracePlot;
  value: HTMLElement;
  extent: HTMLElement;
  point: HTMLElement;
  /** Index of the point under the pointer. */
  pointed: number | null;
  range: ScaleRange;
}

export interface PaintSettings {
  windowS: number;
  motion: Motion;
}

export class Painter {
  readonly #feed: UnitFeed;
  readonly #rows: TraceRow[] = [];
  #strip: PhaseStrip | null = null;
  #phaseNames: ReadonlyMap<number, string> = new Map();
  #settings: PaintSettings = { windowS: 30, motion: "scroll" };
  #paused: { ring: SampleRing; edge: number } | null = null;
  #data: TraceData = emptyTraceData(0);
  #isRunning = false;
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isDue = true;
  #drawnEdge = NaN;
  #drawnEnd = -1;
  #drawnAt = 0;
  #figuresAt = 0;
  #plotWidth = 800;
  #stopWatching: () => void = () => {};

  constructor(feed: UnitFeed) {
    this.#feed = feed;
  }

  start(): void {
    this.#stopWatching = palette().watch(() => {
      for (const row of this.#rows) row.plot.redraw();
      this.due();
    });
    this.#isRunning = true;
    this.#askFrame();
  }

  end(): void {
    this.#isRunning = false;
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
    this.#stopWatching();
  }

  /** Draw with the next frame, whether samples came or not. */
  due(): void {
    this.#isDue = true;
    if (this.#isRunning) this.#askFrame();
  }

  #askFrame(): void {
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      this.#paint(performance.now());
      this.#timer = setTimeout(() => this.#askFrame(), Math.max(0, this.#stepMs() - FRAME_MS));
    });
  }

  /** How long the window takes to move so far that it has to be drawn again. */
  #stepMs(): number {
    const moveMs = (MOVE_PX / devicePixelRatio / this.#plotWidth) * this.#settings.windowS * 1000;
    return Math.min(DRAW_MS, moveMs);
  }

  /** Rows are drawn in the order of the page; their data is filled together. */
  addRow(row: TraceRow): () => void {
    this.#rows.push(row);
    this.due();
    return () => {
      this.#rows.splice(this.#rows.indexOf(row), 1);
      this.due();
    };
  }

  setStrip(strip: PhaseStrip | null, names: ReadonlyMap<number, string>): void {
    this.#strip = strip;
    this.#phaseNames = names;
    this.due();
  }

  set(settings: PaintSettings): void {
    this.#settings = settings;
    for (const row of this.#rows) row.range.reset();
    this.due();
  }

  resize(plotWidth: number): void {
    this.#plotWidth = Math.max(1, plotWidth);
    this.#strip?.resize();
    this.due();
  }

  /** Hold the picture of this moment (the ring goes on), or let it go. Returns the time that is held. */
  pause(isPaused: boolean): number | null {
    const ring = this.#feed.ring;
    const edge = ring ? this.#edge(ring, performance.now() / 1000) : NaN;
    this.#paused = isPaused && ring ? { ring: ring.frozen(), edge } : null;
    this.due();
    return this.#paused ? edge * 1000 : null;
  }

  /** The newest end of the window: moving while samples come, standing still soon after they stop. */
  #edge(ring: SampleRing, nowS: number): number {
    const moving = this.#feed.clock.edge(nowS);
    return ring.length ? Math.min(moving, ring.lastTime + STALE_S) : moving;
  }

  #paint(nowMs: number): void {
    const ring = this.#paused?.ring ?? this.#feed.ring;
    if (!ring?.length) return;
    const edge = this.#paused?.edge ?? this.#edge(ring, nowMs / 1000);
    const moved = (Math.abs(edge - this.#drawnEdge) / this.#settings.windowS) * this.#plotWidth * devicePixelRatio;
    const isNew = ring.end !== this.#drawnEnd && nowMs - this.#drawnAt >= DRAW_MS;
    if (this.#isDue || moved >= MOVE_PX || isNew) {
      this.#isDue = false;
      this.#drawnAt = nowMs;
      this.#drawnEdge = edge;
      this.#drawnEnd = ring.end;
      this.#draw(ring, edge, nowMs / 1000);
    }
    if (nowMs - this.#figuresAt >= FIGURES_MS) {
      this.#figuresAt = nowMs;
      this.#writeFigures(edge);
    }
  }

  #draw(ring: SampleRing, edge: number, nowS: number): void {
    const window = new TimeWindow(this.#settings.motion, this.#settings.windowS, edge);
    const gapS = gapSeconds(this.#feed.clock.period);
    if (this.#data.lines.length !== this.#rows.length) this.#data = emptyTraceData(this.#rows.length);
    const columns = this.#rows.map((row) => this.#feed.columnOf(row.name));
    fillTraces(this.#data, ring, columns, window, gapS);
    const isNow = this.#paused === null && edge - ring.lastTime < STALE_S * 0.9;
    for (const [index, row] of this.#rows.entries()) {
      const span = row.range.fit(this.#data.lows[index]!, this.#data.highs[index]!, nowS);
      row.plot.draw(this.#data.places, this.#data.lines[index]!, window.span, span, this.#data.newest, isNow);
    }
    const column = this.#feed.columnOf("fsm_state");
    if (this.#strip && column >= 0) {
      const stretches = stretchesOf(ring, column, window.start, edge, gapS);
      this.#strip.draw(stretches, window, this.#phaseNames, palette().value);
    }
  }

  #writeFigures(edge: number): void {
    const window = new TimeWindow(this.#settings.motion, this.#settings.windowS, edge);
    for (const [index, row] of this.#rows.entries()) {
      write(row.value, readingText(this.#feed.latest(row.name)));
      const low = this.#data.lows[index] ?? NaN;
      write(row.extent, Number.isNaN(low) ? "" : `${readingText(low)} … ${readingText(this.#data.highs[index])}`);
      write(row.point, this.#pointText(row, index, window));
    }
  }

  #pointText(row: TraceRow, index: number, window: TimeWindow): string {
    if (row.pointed === null) return "";
    const value = this.#data.lines[index]?.[row.pointed];
    const place = this.#data.places[row.pointed];
    if (value === undefined || value === null || place === undefined) return "";
    return `${readingText(value)} at ${timeText(window.time(place) * 1000, true).slice(0, -2)}`;
  }
}

function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
