import { expect, test } from "vitest";
import { readView, viewText } from "./pageView";

test("the address says how the page looks and which charts it shows, in order", () => {
  const view = { isProjector: true, panels: ["equilibrium", "activity"] };
  expect(viewText(view)).toBe("projector,equilibrium,activity");
  expect(readView(`?depth=4&view=${viewText(view)}`)).toEqual(view);
  expect(readView("?view=activity%2C%20projector%2C")).toEqual({ isProjector: true, panels: ["activity"] });
});

test("nothing said is nothing unusual", () => {
  expect(readView("?depth=4")).toEqual({ isProjector: false, panels: [] });
  expect(viewText({ isProjector: false, panels: [] })).toBe("");
});
