/**
 * A slider in three rows: label and number box, track, badge and note.
 *
 * A change of a live or next-step control is sent while it is dragged; one that restarts the run is sent when it is let go,
 * because a restart at every pixel would show nothing but restarts. The knob is hollow until the server has applied the value.
 */

import { useSignal } from "@preact/signals";
import type { ControlState } from "../store/controls";
import { formatValue } from "../store/controlValue";
import { Badge } from "./Badge";
import { Label } from "./Label";
import { NumberBox } from "./NumberBox";
import { placeOf, stepFrom, valueAt } from "./sliderScale";
import { Complaint, fieldId, Note, type Offer, OfferButton, type Setter } from "./widget";

/** What the page knows about values of this control, beyond its range. */
export interface Annotation {
  /** Beyond this value things go wrong: a vermilion tick, and a tint beyond it. */
  readonly limit: number | null;
  /** A value worth knowing: a thin tick. */
  readonly tick: number | null;
  readonly note: string;
  /** What the note rests on. */
  readonly why?: string;
  readonly tone: "plain" | "near" | "beyond";
  readonly offer?: Offer;
}

export const NO_ANNOTATION: Annotation = { limit: null, tick: null, note: "", tone: "plain" };

const RESOLUTION = 1000;
const STEPS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowUp: 1,
  ArrowLeft: -1,
  ArrowDown: -1,
  PageUp: 10,
  PageDown: -10,
};

interface Props {
  readonly state: ControlState;
  readonly set: Setter;
  readonly annotation: Annotation;
  readonly note: string | null;
}

export function Slider({ state, set, annotation, note: sentence }: Props) {
  const { control, shown, pending } = state;
  const preview = useSignal<number | null>(null);
  const waitsForRelease = control.effect === "restart";
  const value = preview.value ?? Number(shown.value);
  const place = placeOf(control, value);

  const move = (next: number) => {
    if (waitsForRelease) preview.value = next;
    else set(next);
  };
  const release = () => {
    if (preview.value === null) return;
    set(preview.value);
    preview.value = null;
  };
  const reset = () => {
    preview.value = null;
    set(control.default);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const steps = STEPS[event.key];
    const next =
      event.key === "Home"
        ? control.low
        : event.key === "End"
          ? control.high
          : steps === undefined
            ? null
            : stepFrom(control, value, steps * (event.shiftKey ? 10 : 1));
    if (next === null) return;
    event.preventDefault();
    move(next);
  };

  const { limit, tick, note, tone, offer } = annotation;
  const limitPlace = limit === null ? null : placeOf(control, limit);
  return (
    <div class="control slider" data-control={control.name} data-pending={pending.value} data-tone={tone}>
      <div class="slider-head">
        <label for={fieldId(control)} title={control.doc} onDblClick={reset}>
          <Label control={control} />
        </label>
        <NumberBox state={state} set={set} id={fieldId(control)} preview={preview.value} />
      </div>
      <div class="track" style={{ "--at": place, "--limit": limitPlace ?? 1 }}>
        <div class="rail" />
        {limitPlace !== null && <div class="rail-beyond" />}
        <div class="rail-filled" />
        {limitPlace !== null && place > limitPlace && <div class="rail-over" />}
        {tick !== null && <div class="rail-tick" style={{ "--tick": placeOf(control, tick) }} />}
        {limitPlace !== null && <div class="rail-limit" />}
        <input
          type="range"
          min={0}
          max={RESOLUTION}
          step={1}
          value={Math.round(place * RESOLUTION)}
          aria-label={control.label}
          aria-valuetext={`${formatValue(control, value)}${note === "" ? "" : `, ${note}`}`}
          onInput={(event) => move(valueAt(control, Number(event.currentTarget.value) / RESOLUTION))}
          onChange={release}
          onKeyDown={onKeyDown}
          onKeyUp={release}
          onDblClick={reset}
        />
      </div>
      <div class="caption">
        <Badge effect={control.effect} />
        {offer === undefined ? (
          <span class="note" title={annotation.why}>
            {note}
          </span>
        ) : (
          <OfferButton offer={offer} />
        )}
      </div>
      <Complaint state={state} />
      <Note sentence={sentence} />
    </div>
  );
}
