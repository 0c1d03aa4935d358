/**
 * The address's key `view`: how the page shows the run. Words parted by commas: "projector", and which panel each chart slot
 * shows, in order. What is not said is as usual.
 */

export interface PageView {
  readonly isProjector: boolean;
  readonly panels: ReadonlyArray<string>;
}

const PROJECTOR = "projector";

export function readView(query: string): PageView {
  const words = (new URLSearchParams(query).get("view") ?? "").split(",").map((word) => word.trim());
  return { isProjector: words.includes(PROJECTOR), panels: words.filter((word) => word !== "" && word !== PROJECTOR) };
}

/** The key's value, "" where all is as usual. */
export function viewText({ isProjector, panels }: PageView): string {
  return [...(isProjector ? [PROJECTOR] : []), ...panels].join(",");
}
