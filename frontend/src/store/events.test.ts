import { expect, test } from "vitest";
import { EventLog } from "./events";

const tweak = (after: string, at: number, control = "activity_lr") => ({
  control,
  title: "Activity rate",
  before: "0.30",
  after,
  when: "live",
  learnStep: 5,
  inferStep: 2,
  at,
});

test("one drag is one event, from the first value to the last", () => {
  const log = new EventLog();
  log.tweak(1, tweak("0.31", 0));
  log.tweak(1, { ...tweak("0.40", 500), before: "0.31" });
  log.tweak(1, { ...tweak("0.45", 1500), before: "0.40" });
  expect(log.events.value.map(({ mark, detail }) => [mark, detail])).toEqual([["1", "0.30 → 0.45 in 3 changes, live"]]);
});

test("a drag that comes back tells that it went elsewhere", () => {
  const log = new EventLog();
  const schedule = { ...tweak("spiking", 0, "schedule"), before: "ones" };
  log.tweak(1, schedule);
  expect(log.events.value[0]?.detail).toBe("ones → spiking, live");
  log.tweak(1, { ...schedule, before: "spiking", after: "ones", at: 300 });
  expect(log.events.value.map(({ detail }) => detail)).toEqual(["ones → ones in 2 changes, live"]);
});

test("an action done three times in a row says so", () => {
  const log = new EventLog();
  for (const at of [0, 200, 400]) log.tweak(1, { ...tweak("0.10", at, "kick"), before: "" });
  expect(log.events.value.map(({ detail }) => detail)).toEqual(["0.10, 3 times, live"]);
});

test("another control, or another time, is another event", () => {
  const log = new EventLog();
  log.tweak(1, tweak("0.31", 0));
  log.tweak(1, tweak("0.40", 100, "param_lr"));
  log.tweak(1, tweak("0.40", 5000, "param_lr"));
  expect(log.events.value.map(({ mark }) => mark)).toEqual(["1", "2", "3"]);
});

test("the clocks mark only what happened in their own run", () => {
  const log = new EventLog();
  log.tweak(1, tweak("0.31", 0));
  log.add(2, { kind: "restart", mark: "", learnStep: 0, inferStep: 0, title: "Restarted", detail: "" });
  expect(log.of(2).map(({ title }) => title)).toEqual(["Restarted"]);
  expect(log.events.value).toHaveLength(2);
});

test("memory is bounded", () => {
  const log = new EventLog();
  for (let each = 0; each < 1000; each += 1) log.tweak(1, tweak("0.31", each * 10_000));
  expect(log.events.value.length).toBe(200);
  expect(log.events.value.at(-1)?.mark).toBe("1000");
});
