/** Play and pause, one step of either clock, the same run again, another seed, and the pace. */

import { Widget } from "../controls/ControlRow";
import { Glyph } from "../controls/glyphs";
import { Complaint, fieldId } from "../controls/widget";
import { whereItApplies } from "../store/controlValue";
import type { Live } from "../store/live";

const LARGEST_NEW_SEED = 1_000_000;

/** A seed that a person can read out and type again. */
export function drawSeed(live: Live): void {
  live.newSeed(Math.floor(Math.random() * LARGEST_NEW_SEED));
}

export function Transport({ live }: { live: Live }) {
  const isPlaying = live.state.value.state === "playing";
  return (
    <div class="transport-buttons" role="toolbar" aria-label="Transport">
      <button
        type="button"
        class="button"
        onClick={() => live.reset()}
        title="Reset: the same run again, same seed (r)"
      >
        <Glyph name="restart" size={16} />
        <span class="unseen">Reset</span>
      </button>
      <button
        type="button"
        class="button"
        onClick={() => drawSeed(live)}
        title="New seed: the same settings, other weights"
      >
        <Glyph name="dice" size={16} />
        <span class="unseen">New seed</span>
      </button>
      <button
        type="button"
        class="button primary play"
        onClick={() => live.playOrPause()}
        title={isPlaying ? "Pause (space)" : "Play (space)"}
      >
        <Glyph name={isPlaying ? "pause" : "play"} size={16} />
        <span class="unseen">{isPlaying ? "Pause" : "Play"}</span>
      </button>
      <button
        type="button"
        class="button"
        disabled={live.plannedSteps.value === 0}
        onClick={() => live.infer(1)}
        title={live.plannedSteps.value === 0 ? "There is no inference to step through" : "One inference step (.)"}
      >
        +1 <i class="maths">t</i>
        <span class="unseen"> One inference step</span>
      </button>
      <button type="button" class="button" onClick={() => live.learn(1)} title="One learning step (→)">
        +1 <i class="maths">k</i>
        <span class="unseen"> One learning step</span>
      </button>
    </div>
  );
}

/** The pace and, in slow motion, how many inference steps a second. */
export function Pace({ live }: { live: Live }) {
  const pace = live.controls.get("pace");
  const speed = live.controls.get("pace_speed");
  if (pace === undefined || speed === undefined) return null;
  const elsewhere = whereItApplies(speed.control, live.values.value, live.catalogue.controls);
  return (
    <div class="pace">
      <label for={fieldId(pace.control)}>{pace.control.label}</label>
      <Widget state={pace} set={(value) => live.controls.set("pace", value)} />
      {elsewhere === null && (
        <span class="pace-speed">
          <label class="unseen" for={fieldId(speed.control)}>
            {speed.control.label}
          </label>
          <Widget state={speed} set={(value) => live.controls.set("pace_speed", value)} />
          <span class="unit">{speed.control.unit}</span>
        </span>
      )}
      <Complaint state={speed} />
    </div>
  );
}
