/** What `GET /api/catalogue` says: every control and every panel there is. The page hand-lists neither. */

import type { Catalogue, CatalogueControl } from "./generated";

export type { Catalogue, CatalogueControl as Control, CataloguePanel as Panel } from "./generated";

export type Effect = CatalogueControl["effect"];
export type Value = CatalogueControl["default"];
export type Values = Readonly<Record<string, Value>>;

/** Fetch the catalogue; the address is relative, so that the page works under a sub-path. */
export async function fetchCatalogue(): Promise<Catalogue> {
  const response = await fetch("api/catalogue");
  if (!response.ok) throw new Error(`The server answered ${response.status} when asked for its catalogue.`);
  return (await response.json()) as Catalogue;
}
