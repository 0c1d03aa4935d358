/** One chart slot: mounts the panel that is chosen for it, and offers the others at its title. The panel owns the element. */

import { useEffect, useRef } from "preact/hooks";
import { Glyph } from "../controls/glyphs";
import type { Page } from "./page";
import { grouped } from "./slots";
import { currentTheme } from "./theme";

const RESIZE_MS = 120;

export function ChartSlot({ page, index }: { page: Page; index: number }) {
  const box = useRef<HTMLDivElement>(null);
  const panel = page.slots.shown[index]?.value;
  const kind = panel && page.kinds.value?.get(panel.kind);
  const isLoaded = page.kinds.value !== null;

  useEffect(() => {
    const element = box.current;
    if (element === null || panel === undefined || kind === undefined) return;
    const mounted = kind.mount(element, panel, page.host);
    page.mounted.set(index, { element, panel: mounted });
    const drawable = { draw: () => mounted.draw(page.live.run) };
    const stopDrawing = page.loop.add(drawable);
    const restyle = () => {
      void mounted.restyle();
      page.loop.refresh(drawable);
    };
    let resized: ReturnType<typeof setTimeout> | undefined;
    let isFirst = true;
    const observer = new ResizeObserver(() => {
      // Observing reports the size once; the panel has just been made for it.
      if (!isFirst) {
        clearTimeout(resized);
        resized = setTimeout(restyle, RESIZE_MS);
      }
      isFirst = false;
    });
    observer.observe(element);
    let isFirstTheme = true;
    const stopTheme = currentTheme.subscribe(() => {
      if (!isFirstTheme) restyle();
      isFirstTheme = false;
    });
    return () => {
      stopTheme();
      observer.disconnect();
      clearTimeout(resized);
      stopDrawing();
      page.mounted.delete(index);
      mounted.destroy();
      element.replaceChildren();
    };
  }, [page, index, panel, kind]);

  if (panel === undefined) return null;
  return (
    <div class="slot" data-slot={index} data-panel={panel.id}>
      <div class="slot-panel" ref={box} key={panel.id} />
      {kind === undefined && (
        <p class="slot-title">{isLoaded ? `This page cannot draw panels of kind ${panel.kind}.` : panel.title}</p>
      )}
      <div class="slot-pick" title={`${panel.doc} Choose to show another chart here.`}>
        <Glyph name="chevron" size={12} />
        <select
          aria-label={`Chart ${index + 1}`}
          value={panel.id}
          onChange={(event) => page.slots.choose(index, event.currentTarget.value)}
        >
          {grouped(page.slots.panels).map(([group, panels]) => (
            <optgroup key={group} label={group}>
              {panels.map((each) => (
                <option key={each.id} value={each.id}>
                  {each.title}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </div>
    </div>
  );
}
