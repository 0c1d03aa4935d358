/** One of a few named values: segments where the names are short, else a list. */

import type { ControlState } from "../store/controls";
import { Glyph } from "./glyphs";
import { fieldId, type Setter } from "./widget";

const MOST_SEGMENTS = 3;
const MOST_LETTERS = 12;

interface Props {
  readonly state: ControlState;
  readonly set: Setter;
}

export function Choice({ state, set }: Props) {
  const { choices } = state.control;
  const letters = choices.reduce((sum, choice) => sum + choice.label.length, 0);
  return choices.length <= MOST_SEGMENTS && letters <= MOST_LETTERS ? (
    <Segments state={state} set={set} />
  ) : (
    <List state={state} set={set} />
  );
}

function Segments({ state, set }: Props) {
  const { control, shown, pending } = state;
  return (
    <span class="segments" role="radiogroup" aria-label={control.label} data-pending={pending.value}>
      {control.choices.map((choice) => (
        <label key={choice.value} title={choice.doc}>
          <input
            type="radio"
            name={fieldId(control)}
            value={choice.value}
            checked={shown.value === choice.value}
            onChange={() => set(choice.value)}
          />
          <span>{choice.label}</span>
        </label>
      ))}
    </span>
  );
}

function List({ state, set }: Props) {
  const { control, shown, pending } = state;
  const present = control.choices.find((choice) => choice.value === shown.value);
  return (
    <span class="list" data-pending={pending.value}>
      <select
        id={fieldId(control)}
        value={String(shown.value)}
        title={present?.doc}
        onChange={(event) => set(event.currentTarget.value)}
      >
        {control.choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
      <Glyph name="chevron" size={12} />
    </span>
  );
}
