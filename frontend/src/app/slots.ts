/** The chart slots: which panel each shows, and the kinds of panel that there are. */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { PanelKind } from "../panels/panel";
import type { Panel } from "../protocol/catalogue";
import { isOfLearning } from "../store/learning";

const DEFAULT_PANELS = ["energy_heatmap", "energy_now", "activity", "learning"];

/** A word for a tab, where a title would not fit. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  layer_step: "Layers",
  layer_now: "Now",
  trajectory: "Activity",
  learning: "Learning",
  series: "Trend",
};

/** Kinds of panel by id; loaded after the first paint, because they bring Plotly. */
export async function loadPanelKinds(): Promise<ReadonlyMap<string, PanelKind>> {
  const modules = import.meta.glob<{ panel: PanelKind }>("../panels/*/index.ts");
  const loaded = await Promise.all(Object.values(modules).map((load) => load()));
  return new Map(loaded.map(({ panel }) => [panel.kind, panel]));
}

export class Slots {
  readonly panels: ReadonlyArray<Panel>;
  readonly shown: ReadonlyArray<Signal<Panel>>;
  /** Columns that the shown panels read from frames. What is over learning steps comes without asking. */
  readonly columns: ReadonlySignal<ReadonlyArray<string>>;
  /** The slot that a phone shows. */
  readonly tab = signal(0);

  constructor(panels: ReadonlyArray<Panel>) {
    this.panels = panels;
    this.shown = DEFAULT_PANELS.map((id, index) => {
      const panel = panels.find((each) => each.id === id) ?? panels[index % Math.max(1, panels.length)];
      if (panel === undefined) throw new Error("The server's catalogue has no panels.");
      return signal(panel);
    });
    this.columns = computed(() => {
      const wanted = this.shown.flatMap((panel) => panel.value.columns.filter((column) => !isOfLearning(column)));
      return [...new Set(wanted)].sort();
    });
  }

  choose(slot: number, id: string): void {
    const panel = this.panels.find((each) => each.id === id);
    const target = this.shown[slot];
    if (panel !== undefined && target !== undefined) target.value = panel;
  }
}

export function shortName(panel: Panel): string {
  return SHORT_NAMES[panel.kind] ?? panel.title;
}
