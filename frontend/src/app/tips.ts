/** What a part's `title` says on hovering, for those who come to it by keyboard: a browser shows titles to the pointer alone. */

/** Listen for focus that a key moved; returns how to stop. */
export function showTipsOnFocus(): () => void {
  const tip = document.createElement("div");
  tip.className = "tip";
  // A screen reader has the title already.
  tip.setAttribute("aria-hidden", "true");
  tip.hidden = true;
  document.body.append(tip);
  const hide = () => {
    tip.hidden = true;
  };
  const show = ({ target }: FocusEvent) => {
    const text = target instanceof HTMLElement && target.matches(":focus-visible") ? titleOf(target) : "";
    tip.hidden = text === "";
    if (!(target instanceof HTMLElement) || text === "") return;
    tip.textContent = text;
    const { left, top, bottom } = target.getBoundingClientRect();
    const isAbove = bottom + tip.offsetHeight + GAP > innerHeight;
    tip.style.left = `${Math.max(GAP, Math.min(left, innerWidth - tip.offsetWidth - GAP))}px`;
    tip.style.top = `${isAbove ? Math.max(GAP, top - tip.offsetHeight - GAP) : bottom + GAP}px`;
  };
  const putAway = (event: KeyboardEvent) => {
    if (event.key === "Escape") hide();
  };
  const stop = new AbortController();
  const { signal } = stop;
  document.addEventListener("focusin", show, { signal });
  document.addEventListener("focusout", hide, { signal });
  document.addEventListener("keydown", putAway, { signal });
  document.addEventListener("scroll", hide, { capture: true, signal });
  return () => {
    stop.abort();
    tip.remove();
  };
}

const GAP = 6;

/** The title of a part, of its label, or of what it stands in. */
function titleOf(element: HTMLElement): string {
  const labels = "labels" in element ? ((element as HTMLInputElement).labels ?? []) : [];
  const own = element.title || [...labels].map((label) => label.title).find((title) => title !== "");
  const beside = element.closest(".control")?.querySelector<HTMLElement>("label[title]")?.title;
  return own || beside || element.closest<HTMLElement>("[title]")?.title || "";
}
