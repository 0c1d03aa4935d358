/**
 * What a person set, what was sent, and what the server has applied, for every control of the catalogue.
 *
 * A change waits for the next animation frame; a newer one of the same control replaces it there (throttled, never debounced:
 * a steady drag arrives at the rate of the display). It is pending until the server answers with its `seq`.
 */

import { type Signal, signal } from "@preact/signals";
import type { Control, Value, Values } from "../protocol/catalogue";
import type { Applied, Change } from "../protocol/generated";

/** One control as its widget sees it. */
export interface ControlState {
  readonly control: Control;
  /** Where the knob is: what a person set last, else what is applied. */
  readonly shown: Signal<Value>;
  /** What the run uses. */
  readonly applied: Signal<Value>;
  /** Set, but not yet answered: the knob is hollow. */
  readonly pending: Signal<boolean>;
  /** The server's sentence about a value that it refused, until the next change. */
  readonly complaint: Signal<string | null>;
}

/** A change on its way, kept until its answer. */
interface Sent {
  readonly control: string;
  readonly value: Value;
  readonly at: number;
}

export interface ControlsHost {
  send(change: Change): boolean;
  /** Milliseconds, monotonic. */
  now(): number;
}

export class ControlsStore {
  readonly all: ReadonlyArray<ControlState>;
  readonly #host: ControlsHost;
  readonly #byName: ReadonlyMap<string, ControlState>;
  readonly #queued = new Map<string, Value>();
  readonly #sent = new Map<number, Sent>();
  #seq = 0;

  constructor(controls: ReadonlyArray<Control>, host: ControlsHost) {
    this.#host = host;
    this.all = controls.map((control) => ({
      control,
      shown: signal(control.default),
      applied: signal(control.default),
      pending: signal(false),
      complaint: signal<string | null>(null),
    }));
    this.#byName = new Map(this.all.map((state) => [state.control.name, state]));
  }

  get(name: string): ControlState | undefined {
    return this.#byName.get(name);
  }

  /** A person set a control. It is sent at the next `flush`. */
  set(name: string, value: Value): void {
    const state = this.#byName.get(name);
    if (state === undefined) return;
    state.complaint.value = null;
    state.pending.value = true;
    // A text that no control of numbers can have stays in its box; the knob does not follow it.
    if (typeof value === typeof state.control.default && state.control.kind !== "action") state.shown.value = value;
    this.#queued.set(name, value);
  }

  /** Send what changed since the last call: the newest value of each control. What cannot be sent now waits. */
  flush(): void {
    for (const [control, value] of this.#queued) {
      if (!this.#host.send({ op: "change", control, value, seq: this.#seq + 1 })) return;
      this.#seq += 1;
      this.#queued.delete(control);
      this.#sent.set(this.#seq, { control, value, at: this.#host.now() });
    }
  }

  /**
   * The server took a change, ours or (without `seq`) another's of the same session. Returns the value before it, and when ours
   * was sent.
   */
  answer({ seq, control, value }: Applied): { before: Value; sentAt: number | null } | null {
    const state = this.#byName.get(control);
    if (state === undefined) return null;
    const sentAt = seq === null ? null : (this.#sent.get(seq)?.at ?? null);
    if (seq !== null) this.#sent.delete(seq);
    const before = state.applied.value;
    if (state.control.kind !== "action") state.applied.value = value;
    this.#settle(state);
    return { before, sentAt };
  }

  /** The server refused a change: the knob returns to what is applied, the sentence stands beside it. */
  refuse(seq: number, reason: string): void {
    const sent = this.#sent.get(seq);
    const state = sent && this.#byName.get(sent.control);
    if (state === undefined) return;
    this.#sent.delete(seq);
    state.complaint.value = reason;
    this.#settle(state);
  }

  /** The values of a run just (re)joined. What was set and never answered is set again, so that no change is lost. */
  adopt(values: Values): void {
    for (const { control, value } of this.#sent.values()) {
      if (this.#byName.get(control)?.control.kind !== "action" && !this.#queued.has(control))
        this.#queued.set(control, value);
    }
    this.#sent.clear();
    for (const state of this.all) {
      const value = values[state.control.name];
      if (value !== undefined) state.applied.value = value;
      if (this.#queued.get(state.control.name) === value) this.#queued.delete(state.control.name);
      this.#settle(state);
    }
  }

  #settle(state: ControlState): void {
    const { name } = state.control;
    const isUnderWay = this.#queued.has(name) || [...this.#sent.values()].some((sent) => sent.control === name);
    state.pending.value = isUnderWay;
    if (!isUnderWay) state.shown.value = state.applied.value;
  }
}
