/**
 * The event log: every tweak, restart, pause, divergence and reconnection, with both clocks, in bounded memory.
 *
 * One drag is one event: changes of the same control that follow each other closely move the end of the first, which says how many
 * there were.
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { RunEvent } from "./run";

/** An event with the run (epoch) that its clocks belong to. */
export interface LoggedEvent extends RunEvent {
  readonly id: number;
  readonly epoch: number;
}

/** One answered change. */
export interface Tweak {
  readonly control: string;
  readonly title: string;
  readonly before: string;
  readonly after: string;
  readonly when: string;
  readonly learnStep: number;
  readonly inferStep: number;
  /** Milliseconds, monotonic. */
  readonly at: number;
}

const MOST = 200;
const SAME_GESTURE_MS = 1200;

export class EventLog {
  readonly #events = signal<ReadonlyArray<LoggedEvent>>([]);
  #nextId = 1;
  #nextMark = 1;
  #gesture: { control: string; before: string; id: number; at: number; count: number } | null = null;

  /** Oldest first. */
  get events(): ReadonlySignal<ReadonlyArray<LoggedEvent>> {
    return this.#events;
  }

  /** The events that the clocks of this epoch can mark. */
  of(epoch: number): ReadonlyArray<LoggedEvent> {
    return this.#events.value.filter((event) => event.epoch === epoch);
  }

  add(epoch: number, event: RunEvent): void {
    this.#gesture = null;
    this.#append({ ...event, epoch, id: this.#nextId });
  }

  tweak(epoch: number, tweak: Tweak): void {
    const { control, title, after, when, learnStep, inferStep, at } = tweak;
    const going = this.#gesture;
    if (going !== null && going.control === control && at - going.at < SAME_GESTURE_MS) {
      const count = going.count + 1;
      this.#gesture = { ...going, at, count };
      const detail = tweakDetail(going.before, after, when, count);
      this.#events.value = this.#events.value.map((event) => (event.id === going.id ? { ...event, detail } : event));
      return;
    }
    this.#gesture = { control, before: tweak.before, id: this.#nextId, at, count: 1 };
    const detail = tweakDetail(tweak.before, after, when, 1);
    const mark = String(this.#nextMark);
    this.#nextMark += 1;
    this.#append({ kind: "change", mark, learnStep, inferStep, title, detail, epoch, id: this.#nextId });
  }

  #append(event: LoggedEvent): void {
    this.#nextId += 1;
    this.#events.value = [...this.#events.value, event].slice(-MOST);
  }
}

/** "0.30 → 0.25, live", "ones → ones in 3 changes, next step"; an action has no value before it. */
function tweakDetail(before: string, after: string, when: string, count: number): string {
  const what = before === "" ? after : `${before} → ${after}`;
  const often = count === 1 ? "" : before === "" ? `, ${count} times` : ` in ${count} changes`;
  return `${what}${often}, ${when}`;
}
