import { beforeEach, describe, expect, test } from "vitest";
import type { Change } from "../protocol/generated";
import { DEPTH, KICK, RATE } from "../testing/controls";
import { type ControlState, ControlsStore } from "./controls";

const sent: Change[] = [];
let isOpen = true;
let store: ControlsStore;
let rate: ControlState;

const applied = (seq: number | null, control: string, value: number) =>
  ({ op: "applied", seq, control, value, effect: "live", learn_step: 0, infer_step: 0 }) as const;

beforeEach(() => {
  sent.length = 0;
  isOpen = true;
  store = new ControlsStore([RATE, DEPTH, KICK], {
    send: (change) => {
      if (isOpen) sent.push(change);
      return isOpen;
    },
    now: () => 100,
  });
  rate = store.get("activity_lr") as ControlState;
});

describe("a control", () => {
  test("sends one change per animation frame, the last of many", () => {
    for (let step = 0; step < 50; step += 1) store.set("activity_lr", 0.3 + step / 100);
    store.set("depth", 8);
    store.flush();
    expect(sent.map(({ control, value, seq }) => [control, value, seq])).toEqual([
      ["activity_lr", 0.79, 1],
      ["depth", 8, 2],
    ]);
    store.flush();
    expect(sent).toHaveLength(2);
  });

  test("sends while a drag goes on, not only when it ends", () => {
    for (let frame = 1; frame <= 10; frame += 1) {
      store.set("activity_lr", frame / 10);
      store.flush();
    }
    expect(sent).toHaveLength(10);
  });

  test("shows what was set at once, and is pending until the newest is applied", () => {
    store.set("activity_lr", 0.5);
    store.flush();
    store.set("activity_lr", 0.6);
    store.flush();
    expect([rate.shown.value, rate.pending.value, rate.applied.value]).toEqual([0.6, true, 0.3]);
    expect(store.answer(applied(1, "activity_lr", 0.5))).toEqual({ before: 0.3, sentAt: 100 });
    expect([rate.shown.value, rate.pending.value, rate.applied.value]).toEqual([0.6, true, 0.5]);
    store.answer(applied(2, "activity_lr", 0.6));
    expect([rate.shown.value, rate.pending.value, rate.applied.value]).toEqual([0.6, false, 0.6]);
  });

  test("keeps its value and the server's sentence when it is refused", () => {
    store.set("activity_lr", 50);
    store.flush();
    store.refuse(1, "`activity_lr` is a number from 0.001 to 10; 50 is outside.");
    expect([rate.shown.value, rate.pending.value]).toEqual([0.3, false]);
    expect(rate.complaint.value).toContain("outside");
    store.set("activity_lr", 5);
    expect(rate.complaint.value).toBeNull();
  });

  test("does not move its knob to a text", () => {
    store.set("activity_lr", "much");
    expect(rate.shown.value).toBe(0.3);
    store.flush();
    expect(sent[0]?.value).toBe("much");
  });

  test("follows a change that another window made", () => {
    expect(store.answer(applied(null, "activity_lr", 0.7))).toEqual({ before: 0.3, sentAt: null });
    expect(rate.shown.value).toBe(0.7);
  });

  test("is not forgotten when the line breaks before the answer", () => {
    store.set("activity_lr", 0.5);
    store.set("kick", 1);
    store.flush();
    isOpen = false;
    store.set("depth", 32);
    store.flush();
    isOpen = true;
    sent.length = 0;
    store.adopt({ activity_lr: 0.3, depth: 16 });
    expect(rate.pending.value).toBe(true);
    store.flush();
    // A kick is an act, not a value: doing it twice would be wrong.
    expect(sent.map(({ control, value }) => [control, value])).toEqual([
      ["depth", 32],
      ["activity_lr", 0.5],
    ]);
  });
});
