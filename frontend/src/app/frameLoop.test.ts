import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FrameLoop } from "./frameLoop";

let now = 0;
beforeEach(() => {
  now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => vi.restoreAllMocks());

/** A loop over a run whose version arrives from outside, and what was drawn of it in each frame. */
function loopOf(charts: number, cost: number) {
  const arrived = { version: 0 };
  let shown = -1;
  let drawn: number[] = [];
  const flushed = { frames: 0 };
  const loop = new FrameLoop(
    () => {
      shown = arrived.version;
      return shown;
    },
    () => {
      flushed.frames += 1;
    },
  );
  const drawables = Array.from({ length: charts }, () => ({
    draw() {
      now += cost;
      arrived.version += 1; // a socket's message may come while a chart is drawn
      drawn.push(shown);
    },
  }));
  for (const drawable of drawables) loop.add(drawable);
  const frame = () => {
    drawn = [];
    loop.frame(now);
    return drawn;
  };
  return { loop, frame, arrived, flushed, drawables };
}

test("all charts of a frame show one version of the run, the one that its texts speak of", () => {
  const { frame } = loopOf(4, 1);
  for (let each = 0; each < 4; each += 1) {
    frame();
    now += 100;
  }
  for (let each = 0; each < 5; each += 1) {
    const drawn = frame();
    expect(drawn).toHaveLength(4);
    expect(new Set(drawn).size).toBe(1);
    now += 100;
  }
});

test("the page rests as long as it drew, and still sends what was set", () => {
  const { frame, flushed } = loopOf(1, 40);
  frame();
  expect(frame()).toHaveLength(1);
  now += 39;
  expect(frame()).toEqual([]);
  now += 1;
  expect(frame()).toHaveLength(1);
  expect(flushed.frames).toBe(4);
});

test("charts that were never drawn come one in a frame, and those that are there keep up with the run meanwhile", () => {
  const { frame } = loopOf(3, 50);
  const counts = [0, 1, 2, 3].map(() => {
    const { length } = frame();
    now += 500;
    return length;
  });
  expect(counts).toEqual([1, 2, 3, 3]);
});

test("one that is refreshed is drawn although the run is the same", () => {
  const { loop, frame, arrived, drawables } = loopOf(2, 0);
  frame();
  frame();
  arrived.version = 100;
  expect(frame()).toHaveLength(2);
  arrived.version = 100;
  const [first] = drawables;
  if (first !== undefined) loop.refresh(first);
  expect(frame()).toHaveLength(1);
});
