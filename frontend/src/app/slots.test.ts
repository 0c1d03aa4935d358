import { describe, expect, it } from "vitest";
import type { Panel } from "../protocol/catalogue";
import { grouped, Slots } from "./slots";

const row = (id: string, group = "Energy and errors"): Panel => ({
  id,
  title: id,
  kind: "curves",
  columns: [`${id}_column`],
  doc: "",
  unit: "",
  scale: "log",
  series: [],
  readings: [],
  x: "layer",
  x_title: "layer",
  x_scale: "linear",
  y_title: "",
  y_range: null,
  group,
  short: id,
});
const PANELS = ["energy_heatmap", "energy_now", "activity", "learning", "equilibrium", "angles"].map((id) => row(id));
const ids = (slots: Slots) => slots.shown.map((panel) => panel.value.id);

describe("the slots", () => {
  it("show the usual panels, of which the address says nothing", () => {
    const slots = new Slots(PANELS);
    expect(ids(slots)).toEqual(["energy_heatmap", "energy_now", "activity", "learning"]);
    expect(slots.unusual.value).toEqual([]);
  });

  it("show what the address asks for, first slot first, and the usual in the rest", () => {
    const slots = new Slots(PANELS, ["equilibrium", "angles"]);
    expect(ids(slots)).toEqual(["equilibrium", "angles", "activity", "learning"]);
    expect(slots.complaints).toEqual([]);
    expect(slots.unusual.value).toEqual(ids(slots));
    slots.choose(0, "energy_heatmap");
    slots.choose(1, "energy_now");
    expect(slots.unusual.value).toEqual([]);
  });

  it("say in a sentence what there is not, and go on without it", () => {
    const slots = new Slots(PANELS, ["phlogiston", "equilibrium"]);
    expect(ids(slots).slice(0, 2)).toEqual(["energy_heatmap", "equilibrium"]);
    expect(slots.complaints).toEqual(["There is no chart named phlogiston; the usual one stands in its place."]);
    const crowded = new Slots(PANELS, ["angles", "angles", "angles", "angles", "phlogiston"]);
    expect(crowded.complaints).toEqual(["The page has room for 4 charts; the address names 5."]);
  });

  it("ask for the columns of a panel from the address", () => {
    expect(new Slots(PANELS, ["equilibrium"]).columns.value).toContain("equilibrium_column");
  });
});

it("the list of panels is parted by group, each once, and nothing is lost that names none", () => {
  const groups = grouped([row("a", "One"), row("b", "Two"), row("c", "One"), row("d", "")]);
  expect(groups.map(([name, panels]) => [name, ...panels.map(({ id }) => id)])).toEqual([
    ["One", "a", "c"],
    ["Two", "b"],
    ["Other", "d"],
  ]);
});
