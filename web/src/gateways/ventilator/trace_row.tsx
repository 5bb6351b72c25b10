/** One waveform of the page: its name, its present value in large figures, and its plot. */

import { useEffect, useRef } from "preact/hooks";

import { labelOf } from "./fields";
import type { Painter, TraceRow as Row } from "./painter";
import { ScaleRange } from "./scale_range";
import { TracePlot } from "./trace_plot";

interface Props {
  painter: Painter;
  name: string;
  unit: string;
  /** Custom property with the colour: `--trace-1`. */
  colour: string;
  isLast: boolean;
  isLive: boolean;
}

export function TraceRow({ painter, name, unit, colour, isLast, isLive }: Props) {
  const plotRoot = useRef<HTMLDivElement>(null);
  const value = useRef<HTMLSpanElement>(null);
  const extent = useRef<HTMLSpanElement>(null);
  const point = useRef<HTMLSpanElement>(null);

  useEffect(() => {
    const root = plotRoot.current!;
    const row: Row = {
      name,
      plot: new TracePlot(root, {
        colour,
        hasTimeAxis: isLast,
        onPoint: (index) => (row.pointed = index),
      }),
      value: value.current!,
      extent: extent.current!,
      point: point.current!,
      pointed: null,
      range: new ScaleRange(),
    };
    const remove = painter.addRow(row);
    const observer = new ResizeObserver(() => {
      row.plot.resize(root.clientWidth, root.clientHeight);
      painter.resize(root.clientWidth);
    });
    observer.observe(root);
    return () => {
      observer.disconnect();
      remove();
      row.plot.end();
    };
  }, [painter, name, colour, isLast]);

  return (
    <div class="trace" data-testid={`trace-${name}`} style={{ "--trace": `var(${colour})` }}>
      <div class="trace-head">
        <span class="trace-name">{labelOf(name)}</span>
        <span class="trace-value" aria-label={`${labelOf(name)}, ${unit}${isLive ? "" : ", not live"}`}>
          <span ref={value} data-testid={`value-${name}`} />
          <span class="trace-unit">{unit}</span>
        </span>
        <span class="trace-extent" title="smallest and largest value in the window">
          <span ref={extent} />
        </span>
        <span class="trace-point" ref={point} aria-hidden="true" />
      </div>
      <div
        class={`trace-plot ${isLast ? "with-axis" : ""}`}
        ref={plotRoot}
        role="img"
        aria-label={`${labelOf(name)} over time`}
      />
    </div>
  );
}
