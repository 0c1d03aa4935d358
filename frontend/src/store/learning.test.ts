import { describe, expect, test } from "vitest";
import { learningColumns, makeFrame } from "../testing/frame";
import { LearningStore } from "./learning";

const finished = (steps: number[], totals = steps) => makeFrame({ columns: learningColumns(steps, totals) });

describe("the series over learning steps", () => {
  test("holds every learning step while there is room", () => {
    const series = new LearningStore(8);
    series.add(finished([0, 1]));
    series.add(finished([2]));
    expect([...series.step]).toEqual([0, 1, 2]);
    expect([...series.column("total")]).toEqual([0, 1, 2]);
    expect([...series.column("imbalance_slope")]).toEqual([0.5, 0.5, 0.5]);
    expect(series.stride).toBe(1);
  });

  test("stays within its room for ever, and no spike is lost", () => {
    const series = new LearningStore(8);
    for (let step = 0; step < 1000; step += 1) series.add(finished([step], [step === 401 ? 1e6 : 1]));
    expect(series.length).toBeLessThanOrEqual(8);
    expect(series.stride).toBe(128);
    expect([...series.step]).toEqual([0, 128, 256, 384, 512, 640, 768, 896]);
    expect(Math.max(...series.column("total"))).toBe(1e6);
  });

  test("keeps what is not finite through every merge", () => {
    const series = new LearningStore(4);
    for (let step = 0; step < 64; step += 1) series.add(finished([step], [step === 33 ? Number.POSITIVE_INFINITY : 1]));
    expect([...series.column("total")]).toContain(Number.POSITIVE_INFINITY);
  });

  test("does not take a learning step twice", () => {
    const series = new LearningStore(8);
    series.add(finished([0, 1, 2]));
    series.add(finished([1, 2, 3]));
    expect([...series.step]).toEqual([0, 1, 2, 3]);
  });

  test("puts a measurement where it was made, also when that learning step comes later", () => {
    const series = new LearningStore(8);
    const measured = { testAccuracy: 0.5, trainAccuracy: 0.6, testLoss: 0.1, learnStep: 2 };
    series.add(finished([0]));
    series.evaluate(measured);
    expect([...series.column("test_accuracy")]).toEqual([Number.NaN]);
    series.add(finished([1, 2, 3]));
    expect([...series.column("test_accuracy")]).toEqual([Number.NaN, 0.5, Number.NaN, Number.NaN]);
  });

  test("puts a measurement after k learning steps at step k − 1, also when later steps are there already", () => {
    const series = new LearningStore(8);
    series.add(finished([0, 1, 2, 3]));
    series.evaluate({ testAccuracy: 0.5, trainAccuracy: 0.6, testLoss: 0.1, learnStep: 2 });
    expect([...series.column("test_accuracy")]).toEqual([Number.NaN, 0.5, Number.NaN, Number.NaN]);
    series.evaluate({ testAccuracy: 0.75, trainAccuracy: 0.6, testLoss: 0.1, learnStep: 4 });
    expect([...series.column("test_accuracy")]).toEqual([Number.NaN, 0.5, Number.NaN, 0.75]);
  });

  test("names a series that is not there", () => {
    expect(() => new LearningStore().column("nonsense")).toThrow("nonsense");
  });
});
