/**
 * A number that a person may type. Enter always applies it, leaving the box applies what was changed, Escape returns to what is
 * in force. What the server refuses stays in the box, with the server's sentence, until it is put right.
 */

import { useSignal, useSignalEffect } from "@preact/signals";
import type { ControlState } from "../store/controls";
import { formatNumberValue, parseTyped } from "../store/controlValue";
import { complaintId, type Setter } from "./widget";

interface Props {
  readonly state: ControlState;
  readonly set: Setter;
  readonly id: string;
  /** Shown instead of the value in force, while a slider is being dragged. */
  readonly preview?: number | null;
}

export function NumberBox({ state, set, id, preview = null }: Props) {
  const { control, shown, pending, complaint } = state;
  const draft = useSignal<string | null>(null);
  const submitted = useSignal(false);
  useSignalEffect(() => {
    if (submitted.value && !pending.value && complaint.value === null) {
      submitted.value = false;
      draft.value = null;
    }
  });
  const apply = (text: string) => {
    draft.value = text;
    set(parseTyped(text));
    submitted.value = true;
  };
  const inForce = formatNumberValue(preview ?? Number(shown.value), control.kind === "integer");
  const text = draft.value ?? inForce;
  return (
    <input
      id={id}
      class="number-box"
      type="text"
      inputMode="decimal"
      autocomplete="off"
      spellcheck={false}
      size={Math.max(3, text.length)}
      value={text}
      aria-invalid={complaint.value !== null}
      aria-describedby={complaint.value === null ? undefined : complaintId(control)}
      onInput={(event) => {
        draft.value = event.currentTarget.value;
        submitted.value = false;
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") apply(event.currentTarget.value);
        if (event.key === "Escape") {
          draft.value = null;
          complaint.value = null;
        }
      }}
      onFocus={(event) => event.currentTarget.select()}
      onBlur={(event) => {
        if (draft.value !== null && !submitted.value) apply(event.currentTarget.value);
      }}
    />
  );
}
