/** The two clocks in words. */

import type { RunView } from "./run";

/** "Learning step 3, inference step 12 of 16"; without inference the learning step alone. */
export function clocksText({ learnStep, inferStep, plannedSteps }: RunView): string {
  const step = `Learning step ${learnStep}`;
  if (plannedSteps === 0) return step;
  if (inferStep > plannedSteps) return `${step}, inference step ${inferStep}, past the planned ${plannedSteps}`;
  return `${step}, inference step ${inferStep} of ${plannedSteps}`;
}
