/**
 * A panel draws one view of the run in one chart slot. One folder per kind of panel; the catalogue says which panels exist
 * (`{id, title, kind, columns, doc}`), so a new diagnostic of a known kind needs no code here.
 */

import type { CurvesSpec } from "../draw/curves";
import type { RunView } from "../store/run";

/** One row of the catalogue's `panels`. */
export interface PanelSpec extends CurvesSpec {
  readonly id: string;
  readonly kind: string;
  readonly columns: ReadonlyArray<string>;
  readonly doc: string;
  /** Unit of what is drawn, "" where it has none. */
  readonly unit: string;
}

/** What a panel may do to the page: move the shared focus. */
export interface PanelHost {
  hover(layer: number | null, inferStep: number | null): void;
  pin(layer: number | null): void;
}

/** A panel alive in a slot. The slot element is empty at `mount`, owned by the panel until `destroy`. */
export interface MountedPanel {
  /** Draw the run as it is; called at most once per animation frame and only when something changed. */
  draw(run: RunView): void | Promise<void>;
  /** The slot changed size or the theme changed. */
  restyle(): void | Promise<void>;
  /** Switch to the second way to read the same chart (signed mean error); absent where there is only one. */
  toggleScale?(): void;
  destroy(): void;
}

/**
 * A kind of panel. `mount` builds title line (20 px), legend/number line (24 px) and plot inside `slot`, and is given the
 * catalogue row it draws. A panel never imports another panel, the socket or the store's writers.
 */
export interface PanelKind {
  readonly kind: string;
  mount(slot: HTMLElement, spec: PanelSpec, host: PanelHost): MountedPanel;
}
