/** One control of the catalogue as the widget of its kind. */

import type { ComponentChildren } from "preact";
import type { ControlState } from "../store/controls";
import { EFFECT_WORDS } from "../store/controlValue";
import { Action } from "./Action";
import { Choice } from "./Choice";
import { GridEditor } from "./GridEditor";
import { EffectGlyph } from "./glyphs";
import { Label } from "./Label";
import { NumberBox } from "./NumberBox";
import { type Annotation, Slider } from "./Slider";
import { SuggestedNumber } from "./SuggestedNumber";
import { Switch } from "./Switch";
import { Complaint, fieldId, Note, type Setter } from "./widget";

interface Props {
  readonly state: ControlState;
  readonly set: Setter;
  readonly annotation: Annotation;
  /** Where the control does something, when here it does not. */
  readonly elsewhere: string | null;
  /** What the server says of the value in force. */
  readonly note: string | null;
}

export function ControlRow({ state, set, annotation, elsewhere, note }: Props) {
  const { control } = state;
  if (elsewhere !== null)
    return (
      <Row state={state} note={note}>
        <span class="elsewhere">{elsewhere}</span>
      </Row>
    );
  if (control.slider) return <Slider state={state} set={set} annotation={annotation} note={note} />;
  return (
    <Row state={state} note={note}>
      <Widget state={state} set={set} />
      {control.unit !== "" && <span class="unit">{control.unit}</span>}
    </Row>
  );
}

export function Widget({ state, set }: { state: ControlState; set: Setter }) {
  const { control } = state;
  switch (control.kind) {
    case "choice":
      return <Choice state={state} set={set} />;
    case "switch":
      return <Switch state={state} set={set} />;
    case "grid":
      return <GridEditor state={state} set={set} />;
    case "action":
      return <Action state={state} set={set} />;
    default:
      return control.suggested.length > 0 ? (
        <SuggestedNumber state={state} set={set} />
      ) : (
        <NumberBox state={state} set={set} id={fieldId(control)} />
      );
  }
}

function Row({ state, note, children }: { state: ControlState; note: string | null; children: ComponentChildren }) {
  const { control } = state;
  return (
    <div class="control" data-control={control.name} data-pending={state.pending.value}>
      <div class="control-row">
        <label for={fieldId(control)} title={control.doc}>
          <EffectGlyph effect={control.effect} />
          <span>
            <Label control={control} />
            <span class="unseen">, {EFFECT_WORDS[control.effect]}</span>
          </span>
        </label>
        <span class="control-value">{children}</span>
      </div>
      <Complaint state={state} />
      <Note sentence={note} />
    </div>
  );
}
