/** Draws the stretches of one field into a canvas: height and pattern say what the colour says. */

import { fade, type Palette } from "../../parts/palette";
import { baseOf, type Look, lookOf } from "./fields";
import type { Span, SpanWindow } from "./spans";

export interface Strip {
  spans: readonly Span[];
  maintenance: readonly SpanWindow[];
  /** When nobody reported the field. */
  silences: readonly SpanWindow[];
  isIgnored: boolean;
  /** Where the reader points, in milliseconds since 1970; null elsewhere. */
  pointAt: number | null;
}

/** Share of the strip's height, counted from below. `down` leaves a hole and marks the floor. */
const HEIGHTS: Record<Look, number> = {
  up: 1,
  standby: 0.45,
  calibration: 0.72,
  down: 0.22,
  exception: 1,
  other: 0.45,
};

const COLOURS: Record<Look, string> = {
  up: "--value-up",
  standby: "--value-standby",
  calibration: "--value-calibration",
  down: "--value-down",
  exception: "--value-exception",
  other: "--ink-3",
};

// Distance between two lines of a hatch, in CSS pixels.
const HATCH_STEP = 6;

export function paintStrip(canvas: HTMLCanvasElement, strip: Strip, window: SpanWindow, colours: Palette): void {
  const context = canvas.getContext("2d");
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!context || !width) return;
  canvas.width = Math.round(width * devicePixelRatio);
  canvas.height = Math.round(height * devicePixelRatio);
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  const left = (at: number): number => ((at - window.from) / (window.to - window.from)) * width;
  const painter = new Painter(context, height, colours, strip.isIgnored);
  context.globalAlpha = strip.isIgnored ? 0.5 : 1;
  for (const span of strip.spans) painter.span(span, left(span.from), left(span.to));
  for (const one of strip.silences) painter.silence(left(one.from), left(one.to));
  context.globalAlpha = 1;
  for (const one of strip.maintenance) painter.maintenance(left(one.from), left(one.to));
  if (strip.pointAt !== null) painter.point(left(strip.pointAt));
}

class Painter {
  readonly #context: CanvasRenderingContext2D;
  readonly #height: number;
  readonly #colours: Palette;
  /** What does not count has no colour. */
  readonly #isGrey: boolean;

  constructor(context: CanvasRenderingContext2D, height: number, colours: Palette, isGrey: boolean) {
    this.#context = context;
    this.#height = height;
    this.#colours = colours;
    this.#isGrey = isGrey;
  }

  span({ value, by }: Span, from: number, to: number): void {
    const size = Math.max(1, to - from);
    if (value === null) {
      this.#context.fillStyle = this.#colours("--edge");
      this.#context.fillRect(from, this.#height - 2, size, 2);
      return;
    }
    const look = lookOf(baseOf(value));
    // Down before anybody said anything is the start value, no outage.
    const isGrey = this.#isGrey || (look === "down" && by === "");
    const colour = this.#colours(isGrey ? "--ink-3" : COLOURS[look]);
    const tall = HEIGHTS[look] * this.#height;
    const top = this.#height - tall;
    this.#context.fillStyle = fade(colour, look === "up" ? 0.34 : look === "exception" ? 0.3 : 0.5);
    this.#context.fillRect(from, top, size, tall);
    if (look === "exception") this.#hatch(from, size, 0, colour, 1.6);
    this.#context.fillStyle = colour;
    if (look === "down") this.#context.fillRect(from, this.#height - 4, size, 4);
    else this.#context.fillRect(from, top, size, 2);
  }

  silence(from: number, to: number): void {
    this.#context.fillStyle = fade(this.#colours("--panel"), 0.72);
    this.#context.fillRect(from, 0, to - from, this.#height);
    this.#hatch(from, to - from, 0, this.#colours("--ink-3"), 1);
  }

  maintenance(from: number, to: number): void {
    const colour = this.#colours("--accent");
    this.#context.fillStyle = fade(colour, 0.14);
    this.#context.fillRect(from, 0, to - from, this.#height);
    this.#context.fillStyle = fade(colour, 0.8);
    this.#context.fillRect(from, 0, 1, this.#height);
    this.#context.fillRect(to - 1, 0, 1, this.#height);
  }

  point(at: number): void {
    this.#context.fillStyle = this.#colours("--ink");
    this.#context.fillRect(Math.round(at), 0, 1, this.#height);
  }

  #hatch(from: number, size: number, top: number, colour: string, weight: number): void {
    const context = this.#context;
    context.save();
    context.beginPath();
    context.rect(from, top, size, this.#height - top);
    context.clip();
    context.strokeStyle = colour;
    context.lineWidth = weight;
    context.beginPath();
    const first = Math.floor((from - this.#height) / HATCH_STEP) * HATCH_STEP;
    for (let x = first; x < from + size; x += HATCH_STEP) {
      context.moveTo(x, this.#height);
      context.lineTo(x + this.#height, 0);
    }
    context.stroke();
    context.restore();
  }
}
