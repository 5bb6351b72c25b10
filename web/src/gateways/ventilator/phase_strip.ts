/** The breathing phases over time, in one canvas row on the same time axis as the waveforms. */

import { fade, type Palette } from "../../parts/palette";
import { familyOf, phaseText } from "./phases";
import type { SampleRing } from "./sample_ring";
import type { TimeWindow } from "./time_window";
import { RIGHT_ROOM, SCALE_WIDTH } from "./trace_plot";

/** A stretch of one state. Times in seconds since 1970. */
export interface Stretch {
  state: number;
  from: number;
  to: number;
}

/** The stretches of one state between two times; silences longer than `gapS` belong to no stretch. */
export function stretchesOf(ring: SampleRing, column: number, from: number, to: number, gapS: number): Stretch[] {
  const found: Stretch[] = [];
  let open: Stretch | null = null;
  const end = ring.indexAt(to + 1e-6);
  for (let index = Math.max(ring.first, ring.indexAt(from) - 1); index < end; index++) {
    const time = ring.time(index);
    const state = ring.value(index, column);
    const isCut = open !== null && (ring.isCut(index) || time - open.to > gapS);
    if (open && !isCut) open.to = time;
    if (!open || isCut || open.state !== state) found.push((open = { state, from: time, to: time }));
  }
  return found;
}

export class PhaseStrip {
  readonly #canvas: HTMLCanvasElement;
  readonly #widths = new Map<string, number>();

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  /** Fit the canvas to its place on the page; drawing follows with the next frame. */
  resize(): void {
    const { clientWidth, clientHeight } = this.#canvas;
    this.#canvas.width = Math.round(clientWidth * devicePixelRatio);
    this.#canvas.height = Math.round(clientHeight * devicePixelRatio);
  }

  draw(stretches: Stretch[], window: TimeWindow, names: ReadonlyMap<number, string>, colours: Palette): void {
    const context = this.#canvas.getContext("2d");
    if (!context) return;
    const width = this.#canvas.clientWidth - SCALE_WIDTH - RIGHT_ROOM;
    const height = this.#canvas.clientHeight;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.#canvas.clientWidth, height);
    context.font = `600 10px ${colours("--font-text")}`;
    context.textBaseline = "middle";
    const { min, max } = window.span;
    const left = (time: number): number => SCALE_WIDTH + ((window.place(time) - min) / (max - min)) * width;
    for (const stretch of stretches) {
      const name = names.get(stretch.state) ?? `STATE ${stretch.state}`;
      for (const [from, to] of splitAtTurn(stretch, window)) {
        this.#block(context, name, left(from), window.place(to) >= max ? SCALE_WIDTH + width : left(to), height, colours);
      }
    }
  }

  #block(
    context: CanvasRenderingContext2D,
    name: string,
    left: number,
    right: number,
    height: number,
    colours: Palette,
  ): void {
    const size = right - left;
    if (size <= 0.2) return;
    const colour = colours(`--phase-${familyOf(name)}`);
    context.fillStyle = fade(colour, 0.3);
    context.fillRect(left, 0, Math.max(1, size - 1), height);
    context.fillStyle = colour;
    context.fillRect(left, height - 3, Math.max(1, size - 1), 3);
    const text = phaseText(name);
    if (size < this.#width(context, text) + 10) return;
    context.fillStyle = colours("--ink");
    context.fillText(text, left + 5, (height - 3) / 2 + 0.5);
  }

  #width(context: CanvasRenderingContext2D, text: string): number {
    let width = this.#widths.get(text);
    if (width === undefined) this.#widths.set(text, (width = context.measureText(text).width));
    return width;
  }
}

/** The parts of a stretch that the window shows; a sweep shows what is before its turn elsewhere. */
function splitAtTurn(stretch: Stretch, window: TimeWindow): [number, number][] {
  const from = Math.max(stretch.from, window.start);
  const to = Math.min(stretch.to, window.edge);
  if (to <= from) return [];
  if (from < window.turn && to > window.turn) return [[from, window.turn - 1e-6], [window.turn, to]];
  return [[from, to]];
}
