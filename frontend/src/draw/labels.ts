/** Labels at the ends of lines: neighbours that would touch become one ("output, loss"). */

export interface EndLabel {
  readonly text: string;
  /** Pixels from the top. */
  readonly y: number;
  readonly colour: string;
}

/** Nearer than this, two labels cannot both be read. */
export const LABEL_HEIGHT = 14;

/** Labels top to bottom; those nearer than `height` merge, in the order given, at their mean and in the first one's colour. */
export function mergeLabels(labels: ReadonlyArray<EndLabel>, height = LABEL_HEIGHT): EndLabel[] {
  const order = new Map(labels.map((label, index) => [label, index]));
  const groups: EndLabel[][] = [];
  for (const label of [...labels].sort((a, b) => a.y - b.y)) {
    const group = groups.at(-1);
    if (group !== undefined && label.y - mean(group) < height) group.push(label);
    else groups.push([label]);
  }
  return groups.map((group) => {
    const named = [...group].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
    return { text: named.map((label) => label.text).join(", "), y: mean(group), colour: named[0]?.colour ?? "" };
  });
}

function mean(group: ReadonlyArray<EndLabel>): number {
  return group.reduce((sum, label) => sum + label.y, 0) / group.length;
}

/** A mark at x pixels; marks nearer than `width` become a span, "2–4". */
export interface Mark {
  readonly text: string;
  readonly x: number;
}

export function mergeMarks(marks: ReadonlyArray<Mark>, width = LABEL_HEIGHT): Mark[] {
  const merged: { first: string; last: string; from: number; to: number }[] = [];
  for (const { text, x } of [...marks].sort((a, b) => a.x - b.x)) {
    const before = merged.at(-1);
    if (before !== undefined && x - before.to < width) {
      before.last = text;
      before.to = x;
    } else merged.push({ first: text, last: text, from: x, to: x });
  }
  return merged.map(({ first, last, from, to }) => ({
    text: first === last ? first : `${first}–${last}`,
    x: (from + to) / 2,
  }));
}
