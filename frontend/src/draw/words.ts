/** Words that several charts share. */

/** What a column's value axis says; a column that is not here is called by its name. */
const AXIS_TITLES: Readonly<Record<string, string>> = {
  layer_energy: "energy",
  layer_error: "error, rms",
  layer_share: "share of the total energy",
  activity_rms: "activity, rms",
  activity_grad_rms: "gradient, rms",
  layer_precision: "precision",
  weight_rms: "weight, rms",
  arrival_step: "first reached at <i>t</i>",
};

export function axisTitle(column: string): string {
  return AXIS_TITLES[column] ?? column.replaceAll("_", " ");
}
