/** What `GET /api/catalogue` says: every control and every panel there is. The page hand-lists neither. */

import { foreignAnswer, ownWords, UNREACHABLE, versionTrouble } from "./door";
import type { Catalogue, CatalogueControl } from "./generated";

export type { Catalogue, CatalogueControl as Control, CataloguePanel as Panel } from "./generated";

export type Effect = CatalogueControl["effect"];
export type Value = CatalogueControl["default"];
export type Values = Readonly<Record<string, Value>>;

/**
 * Fetch the catalogue; the address is relative, so that the page works under a sub-path. Where there is none, the error's message is
 * a sentence for a person.
 */
export async function fetchCatalogue(): Promise<Catalogue> {
  const response = await fetch("api/catalogue").catch(() => {
    throw new Error(UNREACHABLE);
  });
  if (!response.ok) throw new Error(ownWords(response, await response.text()));
  const catalogue = await response.json().catch(() => {
    throw new Error(foreignAnswer(response.status));
  });
  const trouble = versionTrouble(catalogue?.protocol);
  if (trouble !== null) throw new Error(trouble);
  return catalogue as Catalogue;
}
