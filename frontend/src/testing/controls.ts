/** Controls for tests, as the catalogue describes them. */

import type { Control } from "../protocol/catalogue";

const PLAIN: Control = {
  name: "",
  label: "",
  symbol: "",
  kind: "number",
  default: 0,
  low: null,
  high: null,
  typed_low: null,
  typed_high: null,
  scale: "linear",
  unit: "",
  choices: [],
  suggested: [],
  shape: [],
  effect: "live",
  compiles: false,
  slider: false,
  advanced: false,
  only_when: {},
  group: "inference",
  doc: "",
};

export function makeControl(parts: Partial<Control> & Pick<Control, "name">): Control {
  return { ...PLAIN, label: parts.name, ...parts };
}

export const RATE = makeControl({
  name: "activity_lr",
  label: "Activity rate",
  default: 0.3,
  low: 1e-3,
  high: 10,
  scale: "log",
  slider: true,
});
export const DEPTH = makeControl({
  name: "depth",
  label: "Depth",
  kind: "integer",
  default: 16,
  low: 2,
  high: 256,
  scale: "log",
  effect: "restart",
});
export const SKIP = makeControl({ name: "skip", label: "Skip", kind: "switch", default: true, effect: "restart" });
export const PACE = makeControl({
  name: "pace",
  label: "Pace",
  kind: "choice",
  default: "slow",
  effect: "view",
  choices: [
    { value: "slow", label: "slow motion", doc: "" },
    { value: "training", label: "training", doc: "" },
  ],
});
export const SPEED = makeControl({
  name: "pace_speed",
  label: "Speed",
  default: 10,
  effect: "view",
  only_when: { pace: ["slow"] },
});
export const KICK = makeControl({ name: "kick", label: "Kick", kind: "action", default: 0.1 });
