/** Every control of the catalogue in its group, the advanced ones folded away. Knows no control by name. */

import { useSignal } from "@preact/signals";
import type { Control, Value } from "../protocol/catalogue";
import type { ControlState } from "../store/controls";
import { whereItApplies } from "../store/controlValue";
import { Badge } from "./Badge";
import { ControlRow } from "./ControlRow";
import { type Annotation, NO_ANNOTATION } from "./Slider";

const GROUP_TITLES = { network: "Network", inference: "Inference", learning: "Learning", view: "View" } as const;
const GROUPS = ["network", "inference", "learning", "view"] as const;
const KEY = ["live", "next_step", "restart"] as const;

interface Props {
  readonly states: ReadonlyArray<ControlState>;
  readonly values: Readonly<Record<string, Value>>;
  readonly set: (name: string, value: Value) => void;
  /** Sentences of the server by control: what its value means in this run. */
  readonly notes: Readonly<Record<string, string>>;
  readonly annotate: (control: Control, value: number) => Annotation;
  /** Only sliders are out in the open; everything else is under "More controls". */
  readonly isNarrow: boolean;
}

/** A choice of one is no choice. */
function isOffered({ control }: ControlState): boolean {
  return control.kind !== "choice" || control.choices.length > 1;
}

export function ControlPanel({ states, values, set, notes, annotate, isNarrow }: Props) {
  const isOpen = useSignal(false);
  const controls = states.map((state) => state.control);
  const offered = states.filter(isOffered);
  const isFolded = ({ control }: ControlState) =>
    control.advanced || control.group === "view" || (isNarrow && !control.slider);
  return (
    <div class="control-panel">
      {GROUPS.map((group) => {
        const shown = offered.filter((state) => state.control.group === group && (isOpen.value || !isFolded(state)));
        if (shown.length === 0) return null;
        return (
          <section key={group} aria-labelledby={`group-${group}`}>
            <h2 id={`group-${group}`}>{GROUP_TITLES[group]}</h2>
            {shown.map((state) => (
              <ControlRow
                key={state.control.name}
                state={state}
                set={(value) => set(state.control.name, value)}
                annotation={state.control.slider ? annotate(state.control, Number(state.shown.value)) : NO_ANNOTATION}
                note={notes[state.control.name] ?? null}
                elsewhere={whereItApplies(state.control, values, controls)}
              />
            ))}
          </section>
        );
      })}
      <div class="control-foot">
        <button type="button" class="link" aria-expanded={isOpen.value} onClick={() => (isOpen.value = !isOpen.value)}>
          {isOpen.value ? "Fewer controls" : "More controls"}
        </button>
        <div class="key">
          {KEY.map((effect) => (
            <Badge key={effect} effect={effect} />
          ))}
        </div>
      </div>
    </div>
  );
}
