/** The top line: what this is, how the run and the connection are, and how the page looks. */

import { Glyph } from "../controls/glyphs";
import { formatValue } from "../store/controlValue";
import type { Live } from "../store/live";
import type { Page } from "./page";
import { Status } from "./Status";
import { screenSize, toggleProjector, view } from "./screen";
import { currentTheme, toggleTheme } from "./theme";

export function TopBar({ page }: { page: Page }) {
  const { live } = page;
  const isPhone = screenSize.value === "phone";
  const isProjector = view.value === "projector";
  return (
    <header class="top">
      <h1>pcviz</h1>
      {isProjector && <span class="top-run">{nameOfRun(live)}</span>}
      <span class="top-space" />
      <Status live={live} isShort={isPhone || isProjector} />
      {isPhone ? (
        <button
          type="button"
          class="button bare"
          aria-expanded={page.drawer.value === "side"}
          onClick={() => toggleSide(page)}
        >
          <Glyph name="menu" size={16} />
          <span class="unseen">Layer, events and more</span>
        </button>
      ) : (
        <nav class="top-actions" aria-label="Page">
          <button type="button" class="bare-word" onClick={toggleProjector}>
            {isProjector ? "Desk" : "Projector"}
          </button>
          {!isProjector && (
            <button type="button" class="bare-word" onClick={toggleTheme}>
              {currentTheme.value === "dark" ? "Light" : "Dark"}
            </button>
          )}
          <button type="button" class="bare-word" onClick={() => (page.helpIsOpen.value = true)}>
            ?<span class="unseen"> Keys and meanings</span>
          </button>
        </nav>
      )}
    </header>
  );
}

function toggleSide(page: Page): void {
  page.drawer.value = page.drawer.value === "side" ? "none" : "side";
}

/** "digits, depth 16, μPC": what a room needs to know of the run. */
function nameOfRun(live: Live): string {
  const word = (name: string) => {
    const value = live.values.value[name];
    const control = live.controls.get(name)?.control;
    return value === undefined || control === undefined ? "" : formatValue(control, value);
  };
  return `${word("dataset")}, depth ${word("depth")}, ${word("parameterisation")}`;
}
