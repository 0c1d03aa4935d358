import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Doorbell } from "./doorbell";

const said: Array<string | null> = [];
const asked: boolean[] = [];
let bell: Doorbell;

beforeEach(() => {
  vi.useFakeTimers();
  said.length = asked.length = 0;
  bell = new Doorbell(
    async (isThrough) => {
      asked.push(isThrough);
      return "because";
    },
    (sentence) => said.push(sentence),
  );
});
afterEach(() => vi.useRealTimers());

const refused = { kind: "waiting", attempt: 1, reason: "", isGreeted: false } as const;

test("a refused socket is asked after at once", async () => {
  bell.connection({ kind: "connecting" });
  bell.connection(refused);
  await vi.advanceTimersByTimeAsync(0);
  expect(said).toEqual(["because"]);
});

test("a socket that hangs is asked after within two seconds", async () => {
  bell.connection({ kind: "connecting" });
  await vi.advanceTimersByTimeAsync(2000);
  expect(asked).toEqual([false]);
  expect(said).toEqual(["because"]);
});

test("what the server said as it closed is said without asking", async () => {
  bell.connection({ ...refused, reason: "All 3 runs are taken." });
  await vi.advanceTimersByTimeAsync(0);
  expect(said).toEqual(["All 3 runs are taken."]);
  expect(asked).toEqual([]);
});

test("a run that is lost for a moment is not complained about", async () => {
  bell.connection({ ...refused, isGreeted: true });
  bell.connection({ kind: "connecting" });
  bell.connection({ kind: "open" });
  bell.greeted();
  await vi.advanceTimersByTimeAsync(5000);
  expect(said).toEqual([null]);
});

test("an answer that comes after the run is not said", async () => {
  bell.connection(refused);
  bell.greeted();
  await vi.advanceTimersByTimeAsync(0);
  expect(said).toEqual([null]);
});
