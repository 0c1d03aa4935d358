/** The keys, and what the badges mean. */

import { useEffect, useRef } from "preact/hooks";
import { Badge } from "../controls/Badge";
import { KEYS } from "./keyboard";
import type { Page } from "./page";

const EFFECTS = [
  ["live", "from the next inference step; nothing is lost"],
  ["next_step", "from the next learning step; nothing is lost"],
  ["restart", "a new run from the same seed, at k = 0"],
  ["view", "only what is shown; the run does not notice"],
] as const;

export function HelpSheet({ page }: { page: Page }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = page.helpIsOpen.value;
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  const close = () => {
    page.helpIsOpen.value = false;
  };
  return (
    <dialog class="sheet" ref={dialog} onClose={close} aria-labelledby="help-title">
      <h2 id="help-title">Keys</h2>
      <dl>
        {KEYS.map((key) => (
          <div key={key.shown}>
            <dt>
              <kbd>{key.shown}</kbd>
            </dt>
            <dd>{key.does}</dd>
          </div>
        ))}
      </dl>
      <h2>When a change applies</h2>
      <dl>
        {EFFECTS.map(([effect, meaning]) => (
          <div key={effect}>
            <dt>
              <Badge effect={effect} />
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p>
        Point at a layer to see its numbers; click to keep it. Drag over a chart to zoom, double-click to return.
        Double-click a slider for its usual value. The address of this page holds the whole run.
      </p>
      <button type="button" class="button" onClick={close}>
        Close
      </button>
    </dialog>
  );
}
