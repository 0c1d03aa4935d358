/** On or off. */

import type { ControlState } from "../store/controls";
import { fieldId, type Setter } from "./widget";

export function Switch({ state, set }: { state: ControlState; set: Setter }) {
  const isOn = state.shown.value === true;
  return (
    <button
      id={fieldId(state.control)}
      class="switch"
      type="button"
      role="switch"
      aria-checked={isOn}
      data-pending={state.pending.value}
      onClick={() => set(!isOn)}
    >
      <span />
    </button>
  );
}
