/** Whether the person asked for no motion. */
const query = matchMedia("(prefers-reduced-motion: reduce)");

export function isStill(): boolean {
  return query.matches;
}
