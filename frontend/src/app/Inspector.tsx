/** The numbers of the hovered or pinned layer, beside the charts and never under the pointer. */

import { decadeText } from "../draw/scale";
import type { Values } from "../protocol/catalogue";
import type { Live } from "../store/live";
import { type Inspection, inspect } from "./inspection";

const WIDTH = 224;
const HEIGHT = 64;
/** The locked scale of the charts: 10⁻¹⁴ to 1. */
const LOW = -14;

export function Inspector({ live }: { live: Live }) {
  live.version.value;
  const inspection = inspect(live.run);
  return (
    <section class="inspector" aria-label="Inspector">
      {inspection === null ? (
        <h2>Layers</h2>
      ) : (
        <Readings inspection={inspection} values={live.run.values} depth={live.run.depth} />
      )}
    </section>
  );
}

interface Props {
  readonly inspection: Inspection;
  readonly values: Values;
  readonly depth: number;
}

function Readings({ inspection, values, depth }: Props) {
  const { layer, inferStep, earlierStep, readings } = inspection;
  return (
    <>
      <h2>
        Layer {layer} at <i class="maths">t</i> = {inferStep}
        {earlierStep !== null && (
          <span class="aside">
            {" "}
            of <i class="maths">k</i> = {earlierStep}
          </span>
        )}
      </h2>
      <Equations layer={layer} values={values} isOutput={layer === depth} />
      <dl>
        {readings.map((reading) => (
          <div key={reading.name} data-bad={reading.isBad}>
            <dt>{reading.name}</dt>
            <dd>{reading.value}</dd>
          </div>
        ))}
      </dl>
      <Sparkline inspection={inspection} />
    </>
  );
}

/** e_l = z_l − p_l and the energy made of it, as this run has it. */
function Equations({ layer, values, isOutput }: { layer: number; values: Values; isOutput: boolean }) {
  const isCrossEntropy = isOutput && values.loss === "ce";
  const isWeighted = isOutput && values.output_precision !== 1;
  const sub = <sub>{layer}</sub>;
  return (
    <p class="equations maths">
      <span>
        <i>e</i>
        {sub} = <i>z</i>
        {sub} − <i>p</i>
        {sub}
      </span>
      <span>
        <i>E</i>
        {sub} ={" "}
        {isCrossEntropy ? (
          <>
            {isWeighted && <i>λ</i>} CE(<i>p</i>
            {sub}, <i>y</i>)
          </>
        ) : (
          <>
            ½{isWeighted && <i> λ</i>} ‖<i>e</i>
            {sub}‖²
          </>
        )}
      </span>
    </p>
  );
}

function Sparkline({ inspection }: { inspection: Inspection }) {
  const { sparkline, lastStep, inferStep } = inspection;
  const finite = sparkline.filter((point) => Number.isFinite(point.log));
  const high = Math.max(0, ...finite.map((point) => Math.ceil(point.log)));
  const x = (t: number) => 4 + ((WIDTH - 8) * t) / lastStep;
  const y = (log: number) => 4 + ((HEIGHT - 8) * (high - Math.max(LOW, log))) / (high - LOW);
  const path = finite
    .map((point, index) => `${index === 0 ? "M" : "L"}${x(point.t).toFixed(1)} ${y(point.log).toFixed(1)}`)
    .join("");
  const now = finite.findLast((point) => point.t <= inferStep);
  return (
    <figure class="sparkline">
      <figcaption>
        energy over <i class="maths">t</i>, <Decade exponent={LOW} /> to <Decade exponent={high} />
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
        <path class="sparkline-ground" d={`M0 ${HEIGHT - 0.5}H${WIDTH}`} />
        <path class="sparkline-line" d={path} />
        {now !== undefined && <circle cx={x(now.t)} cy={y(now.log)} r={3} />}
      </svg>
      <div class="sparkline-ticks">
        <span>
          <i class="maths">t</i> = 0
        </span>
        <span>{lastStep}</span>
      </div>
    </figure>
  );
}

/** 10⁻¹⁴, from the same text that the charts use. */
function Decade({ exponent }: { exponent: number }) {
  const [base = "", power] = decadeText(exponent).replace("</sup>", "").split("<sup>");
  return power === undefined ? (
    base
  ) : (
    <>
      {base}
      <sup>{power}</sup>
    </>
  );
}
