/** Something that is done once, with a strength: a box for the strength and the button that does it. */

import { useSignal } from "@preact/signals";
import type { ControlState } from "../store/controls";
import { formatNumberValue, parseTyped } from "../store/controlValue";
import { fieldId, type Setter } from "./widget";

export function Action({ state, set }: { state: ControlState; set: Setter }) {
  const { control } = state;
  const strength = useSignal(formatNumberValue(Number(control.default), false));
  const act = () => set(parseTyped(strength.value));
  return (
    <span class="action">
      <input
        id={fieldId(control)}
        class="number-box"
        type="text"
        inputMode="decimal"
        autocomplete="off"
        size={4}
        value={strength.value}
        onInput={(event) => {
          strength.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") act();
        }}
      />
      <button type="button" class="button small" onClick={act}>
        {control.label}
      </button>
    </span>
  );
}
