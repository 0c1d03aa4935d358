import { expect, test } from "vitest";
import { DEPTH, KICK, makeControl, PACE, RATE, SKIP } from "../testing/controls";
import { queryOf, socketAddress } from "./experimentUrl";

const CONTROLS = [RATE, DEPTH, SKIP, PACE, KICK];
const VALUES = { activity_lr: 0.3, depth: 16, skip: true, pace: "slow" };

test("the address holds the whole spec, and of the view only what is unusual", () => {
  expect(queryOf(CONTROLS, VALUES, "", "")).toBe("activity_lr=0.3&depth=16&skip=true");
  expect(queryOf(CONTROLS, { ...VALUES, pace: "training" }, "", "")).toBe(
    "activity_lr=0.3&depth=16&skip=true&pace=training",
  );
});

test("the page's own keys stay; a session does not, because a link is a run and not a seat in one", () => {
  expect(queryOf([DEPTH], VALUES, "", "?v=1&session=abc&depth=4&lesson=2&nonsense=1")).toBe("depth=16&v=1");
});

test("which charts there are is readable in the address, and replaces what it said before", () => {
  expect(queryOf([DEPTH], VALUES, "projector,equilibrium", "?view=activity")).toBe(
    "depth=16&view=projector,equilibrium",
  );
  expect(queryOf([DEPTH], VALUES, "", "?view=activity")).toBe("depth=16");
});

test("the socket is beside the page, also under a sub-path and over TLS", () => {
  const page = new URL("https://example.org/demo/?depth=4#there");
  expect(socketAddress(page, "depth=4", null)).toBe("wss://example.org/demo/ws?depth=4");
  expect(socketAddress(new URL("http://here:8000/"), "depth=4", "abc")).toBe("ws://here:8000/ws?depth=4&session=abc");
});

test("a grid is in a link as it is read, and only where it does something or is unusual", () => {
  const grid = makeControl({ name: "grid", kind: "grid", default: "1", only_when: { pace: ["slow"] } });
  const values = { pace: "training", grid: "1" };
  expect(queryOf([PACE, grid], values, "", "")).toBe("pace=training");
  expect(queryOf([PACE, grid], { ...values, grid: "1,0.1;0,1" }, "", "")).toBe("pace=training&grid=1,0.1;0,1");
  expect(queryOf([PACE, grid], { grid: "1", pace: "slow" }, "", "")).toBe("grid=1");
  const page = new URL("http://here:8000/");
  expect(socketAddress(page, "grid=1,0.1;0,1", null)).toBe("ws://here:8000/ws?grid=1,0.1;0,1");
});
