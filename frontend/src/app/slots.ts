/** The chart slots: which panel each shows, and the kinds of panel that there are. */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { PanelKind } from "../panels/panel";
import type { Panel } from "../protocol/catalogue";
import { isOfLearning } from "../store/learning";

const DEFAULT_PANELS = ["energy_heatmap", "energy_now", "activity", "learning"];
/** The group of panels that name none. */
const OTHER = "Other";

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
  /** The panels shown by id, in order; none where they are the usual ones. */
  readonly unusual: ReadonlySignal<ReadonlyArray<string>>;
  /** A sentence for each panel that was asked for and cannot be shown. */
  readonly complaints: ReadonlyArray<string>;
  /** The slot that a phone shows. */
  readonly tab = signal(0);

  /** `asked` are the ids of the panels that the first slots are to show; the usual ones stand in the rest. */
  constructor(panels: ReadonlyArray<Panel>, asked: ReadonlyArray<string> = []) {
    this.panels = panels;
    this.complaints = complaintsOf(asked, panels);
    const usual = DEFAULT_PANELS.map((id, index) => {
      const panel = panels.find((each) => each.id === id) ?? panels[index % Math.max(1, panels.length)];
      if (panel === undefined) throw new Error("The server's catalogue has no panels.");
      return panel;
    });
    this.shown = usual.map((panel, index) => signal(panels.find((each) => each.id === asked[index]) ?? panel));
    this.unusual = computed(() => {
      const ids = this.shown.map((panel) => panel.value.id);
      return ids.every((id, index) => id === usual[index]?.id) ? [] : ids;
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

function complaintsOf(asked: ReadonlyArray<string>, panels: ReadonlyArray<Panel>): string[] {
  const most = DEFAULT_PANELS.length;
  const unknown = asked.slice(0, most).filter((id) => !panels.some((panel) => panel.id === id));
  const complaints = unknown.map(
    (id) => `There is no chart named ${id.slice(0, 40)}; the usual one stands in its place.`,
  );
  if (asked.length > most) complaints.push(`The page has room for ${most} charts; the address names ${asked.length}.`);
  return complaints;
}

/** The panels by their groups, in the order in which the catalogue names a group first. */
export function grouped(panels: ReadonlyArray<Panel>): ReadonlyArray<readonly [string, ReadonlyArray<Panel>]> {
  const groups = new Map<string, Panel[]>();
  for (const panel of panels) {
    const name = panel.group || OTHER;
    groups.set(name, [...(groups.get(name) ?? []), panel]);
  }
  return [...groups];
}
