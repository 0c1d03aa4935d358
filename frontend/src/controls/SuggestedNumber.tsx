/** A whole number with values that people usually take, in a list; "other…" opens a box for any. */

import { useSignal } from "@preact/signals";
import type { ControlState } from "../store/controls";
import { Glyph } from "./glyphs";
import { NumberBox } from "./NumberBox";
import { fieldId, type Setter } from "./widget";

const OTHER = "other";

interface Props {
  readonly state: ControlState;
  readonly set: Setter;
}

export function SuggestedNumber({ state, set }: Props) {
  const { control, shown, pending } = state;
  const isTyping = useSignal(false);
  if (isTyping.value || state.complaint.value !== null)
    return <NumberBox state={state} set={set} id={fieldId(control)} />;
  const value = Number(shown.value);
  const offered = [...new Set([...control.suggested, value])].sort((a, b) => a - b);
  return (
    <span class="list" data-pending={pending.value}>
      <select
        id={fieldId(control)}
        value={String(value)}
        onChange={(event) => {
          if (event.currentTarget.value === OTHER) isTyping.value = true;
          else set(Number(event.currentTarget.value));
        }}
      >
        {offered.map((each) => (
          <option key={each} value={String(each)}>
            {each}
          </option>
        ))}
        <option value={OTHER}>other…</option>
      </select>
      <Glyph name="chevron" size={12} />
    </span>
  );
}
