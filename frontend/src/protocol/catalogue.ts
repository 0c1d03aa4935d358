/** What `GET /api/catalogue` says: every control and every panel there is. The page hand-lists neither. */

export type Value = string | number | boolean;
export type Values = Readonly<Record<string, Value>>;
export type Effect = "live" | "next_step" | "restart" | "view";

/** One value of a choice, with the label that a person reads and one sentence of meaning. */
export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly doc: string;
}

/** One thing that a person can change; see pcviz_core/controls.py for the meaning of each field. */
export interface Control {
  readonly name: string;
  readonly label: string;
  readonly symbol: string;
  readonly kind: "number" | "integer" | "choice" | "switch" | "action";
  readonly default: Value;
  readonly low: number | null;
  readonly high: number | null;
  readonly scale: "linear" | "log";
  readonly unit: string;
  readonly choices: ReadonlyArray<Choice>;
  readonly suggested: ReadonlyArray<number>;
  readonly effect: Effect;
  readonly compiles: boolean;
  readonly slider: boolean;
  readonly advanced: boolean;
  readonly only_when: Readonly<Record<string, ReadonlyArray<Value>>>;
  readonly group: "network" | "inference" | "learning" | "view";
  readonly doc: string;
}

/** One chart that any slot can show. */
export interface Panel {
  readonly id: string;
  readonly title: string;
  readonly kind: string;
  readonly columns: ReadonlyArray<string>;
  readonly doc: string;
  readonly unit: string;
  readonly scale: "log" | "linear" | "signed";
}

export interface Catalogue {
  readonly protocol: number;
  readonly controls: ReadonlyArray<Control>;
  readonly panels: ReadonlyArray<Panel>;
}

/** Fetch the catalogue; relative, so that the page works under a sub-path. */
export async function fetchCatalogue(): Promise<Catalogue> {
  const response = await fetch("api/catalogue");
  if (!response.ok) throw new Error(`The server answered ${response.status} when asked for its catalogue.`);
  return (await response.json()) as Catalogue;
}
