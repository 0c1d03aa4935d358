/** The nested clock: both clocks of the run in one drawing. */

import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { clocksText } from "../store/clocks";
import type { Live } from "../store/live";
import { type Cell, type Clock, layOutClock } from "./clock";
import { isStill } from "./motion";

const BODY_TOP = 18;
const BODY_HEIGHT = 44;
const BASE = BODY_TOP + BODY_HEIGHT;
const LABELS = BASE + 16;
const HEIGHT = 84;
const CELL_INSET = 6;
const FOLD_MS = 160;

/** Drawn `scale` times as large for a room. */
export function NestedClock({ live, scale = 1 }: { live: Live; scale?: number }) {
  const box = useRef<HTMLDivElement>(null);
  const fold = useRef<SVGRectElement>(null);
  const width = useSignal(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => {
      width.value = entry?.contentRect.width ?? 0;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [width]);

  live.version.value;
  const { run } = live;
  const roomFor = Math.max(260, width.value / scale);
  const clock = layOutClock(run, roomFor);
  const isBad = run.diverged !== null;

  useEffect(() => {
    if (run.pace === "slow" && run.learnStep > 0 && live.isPlaying && !isStill()) {
      fold.current?.animate(
        [
          { transform: "scaleX(1)", opacity: 0.32 },
          { transform: "scaleX(0.01)", opacity: 0.32 },
        ],
        { duration: FOLD_MS, easing: "ease-out" },
      );
    }
  }, [run.learnStep, run.pace, live, run]);

  return (
    <div class="clock" ref={box}>
      {width.value > 0 && (
        <svg
          width={roomFor * scale}
          height={HEIGHT * scale}
          viewBox={`0 0 ${roomFor} ${HEIGHT}`}
          role="img"
          aria-label={clocksText(run)}
          data-bad={isBad}
        >
          <Past clock={clock} learnStep={run.learnStep} />
          <g class="clock-open">
            <rect
              x={clock.open.x}
              y={BODY_TOP}
              width={clock.open.width}
              height={BODY_HEIGHT}
              rx={5}
              class="clock-edge"
            />
            <rect
              ref={fold}
              class="clock-fold"
              x={clock.open.x + CELL_INSET}
              y={BODY_TOP + CELL_INSET}
              width={clock.open.width - 2 * CELL_INSET}
              height={BODY_HEIGHT - 2 * CELL_INSET}
              rx={2}
            />
            {(["past", "rest", "now"] as const).map((kind) => (
              <path key={kind} class={`clock-cells ${kind}`} d={cellsPath(clock.cells, kind)} />
            ))}
            {clock.cellTicks.map((tick) => (
              <text key={tick.text} x={tick.x} y={LABELS} text-anchor="middle">
                {tick.text}
              </text>
            ))}
            <text class="clock-now" x={clock.nowX} y={LABELS} text-anchor="middle">
              {run.plannedSteps === 0 ? null : run.pace === "training" && run.inferStep <= run.plannedSteps ? (
                <>
                  <tspan class="maths">T</tspan> = {run.plannedSteps}
                </>
              ) : (
                <>
                  <tspan class="maths">t</tspan> = {run.inferStep}
                </>
              )}
            </text>
          </g>
          <Update clock={clock} />
        </svg>
      )}
    </div>
  );
}

/** Learning steps that are over, the events on them, and the number of the present one. */
function Past({ clock, learnStep }: { clock: Clock; learnStep: number }) {
  const end = clock.open.x - 10;
  return (
    <g class="clock-past">
      <path class="clock-pleats" d={pleatsPath(clock, false)} />
      <path class="clock-pleats bad" d={pleatsPath(clock, true)} />
      {clock.pleats.length > 0 && <path class="clock-ground" d={`M0 ${BASE + 0.5}H${end}`} />}
      {clock.marks.map((mark, index) => (
        <g key={index} class={mark.isBad ? "clock-mark bad" : "clock-mark"}>
          <path d={`M${mark.x} 14V${mark.isOpen ? BODY_TOP : BASE}`} />
          <text x={mark.x} y={11} text-anchor="middle">
            {mark.text}
          </text>
        </g>
      ))}
      {clock.pleatTicks.map((tick, index) => (
        <text key={tick.text} x={tick.x} y={LABELS} text-anchor={index === 0 ? "start" : "middle"}>
          {index === 0 && <tspan class="maths">k</tspan>}
          {index === 0 ? ` = ${tick.text}` : tick.text}
        </text>
      ))}
      <text class="clock-now" x={end} y={LABELS} text-anchor="end">
        <tspan class="maths">k</tspan> = {learnStep}
      </text>
    </g>
  );
}

/** The weight update that ends the open learning step, and a hint of those to come. */
function Update({ clock }: { clock: Clock }) {
  const x = clock.open.x + clock.open.width;
  const middle = BODY_TOP + BODY_HEIGHT / 2;
  return (
    <g class="clock-update" data-now={clock.isUpdating}>
      <path class="clock-diamond" d={`M${x - 7} ${middle}l7 -7l7 7l-7 7z`} />
      {[14, 21, 28].map((offset, index) => (
        <path
          key={offset}
          class="clock-future"
          d={`M${x + offset} ${BASE - 26 + 4 * index}V${BASE}`}
          opacity={0.8 - 0.25 * index}
        />
      ))}
      <text x={x + 11} y={LABELS} text-anchor="start">
        update
      </text>
    </g>
  );
}

function cellsPath(cells: ReadonlyArray<Cell>, kind: Cell["kind"]): string {
  const top = BODY_TOP + CELL_INSET;
  const height = BODY_HEIGHT - 2 * CELL_INSET;
  return cells
    .filter((cell) => cell.kind === kind)
    .map(({ x, width }) => {
      const r = Math.min(2, width / 2);
      return `M${x + r} ${top}h${width - 2 * r}a${r} ${r} 0 0 1 ${r} ${r}v${height - 2 * r}a${r} ${r} 0 0 1 ${-r} ${r}h${2 * r - width}a${r} ${r} 0 0 1 ${-r} ${-r}v${2 * r - height}a${r} ${r} 0 0 1 ${r} ${-r}z`;
    })
    .join("");
}

function pleatsPath({ pleats }: Clock, isBad: boolean): string {
  const full = BODY_HEIGHT - 4;
  return pleats
    .filter((pleat) => Number.isNaN(pleat.height) === isBad)
    .map(({ x, width, height }) => `M${x} ${BASE}h${width}v${-full * (isBad ? 1 : height)}h${-width}z`)
    .join("");
}
