/** Which parts the page has at this size and view, and where. The grid itself is in layout.css. */

import type { ComponentChildren } from "preact";
import { ControlPanel } from "../controls/ControlPanel";
import { ControlRow } from "../controls/ControlRow";
import { Glyph } from "../controls/glyphs";
import type { Annotation } from "../controls/Slider";
import type { Control, Value } from "../protocol/catalogue";
import { formatValue } from "../store/controlValue";
import { annotate } from "./annotations";
import { Banner } from "./Banner";
import { ChartSlot } from "./ChartSlot";
import { EventList } from "./EventList";
import { HelpSheet } from "./HelpSheet";
import { Inspector } from "./Inspector";
import { NestedClock } from "./NestedClock";
import { Accuracy, Clocks, Imbalance } from "./Numbers";
import type { Page } from "./page";
import { Summary } from "./Summary";
import { isLow, screenSize, view } from "./screen";
import { TopBar } from "./TopBar";
import { Pace, Transport } from "./Transport";
import { toggleTheme } from "./theme";

/** How much larger the clock is for a room: its labels are then 20 px. */
const ROOM_SCALE = 1.65;
const SMALL_ROOM_SCALE = 1.3;

/** The control that stays in reach where there is room for one, and those of a room. */
const MAIN_CONTROL = "activity_lr";
const ROOM_CONTROLS = [MAIN_CONTROL, "n_inference_steps", "depth"];

export function Layout({ page }: { page: Page }) {
  const size = screenSize.value;
  const layout = view.value === "projector" ? "projector" : size;
  return (
    <div class="page" data-layout={layout}>
      <TopBar page={page} />
      {layout === "projector" ? (
        <Projector page={page} />
      ) : layout === "phone" ? (
        <Phone page={page} />
      ) : (
        <Desk page={page} />
      )}
      <HelpSheet page={page} />
    </div>
  );
}

function Desk({ page }: { page: Page }) {
  const { live } = page;
  const isTablet = screenSize.value === "tablet";
  return (
    <>
      <aside class="left" aria-label="Controls">
        <Controls page={page} isNarrow={isTablet} />
      </aside>
      <main class="charts">
        <Banner live={live} />
        <div class="grid">
          {page.slots.shown.map((_, index) => (
            <ChartSlot key={index} page={page} index={index} />
          ))}
        </div>
      </main>
      {isTablet ? (
        <DrawerEdge page={page} />
      ) : (
        <aside class="right" aria-label="Layer and events">
          <Inspector live={live} />
          <EventList live={live} />
        </aside>
      )}
      <section class="transport" aria-label="Clocks">
        <div class="transport-left">
          <Transport live={live} />
          <Pace live={live} />
        </div>
        <NestedClock live={live} />
        <div class="transport-right">
          <Clocks live={live} />
        </div>
      </section>
      <footer class="foot">
        <Summary live={live} hasNumbers={false} />
      </footer>
    </>
  );
}

function Projector({ page }: { page: Page }) {
  const { live } = page;
  return (
    <>
      <main class="charts">
        <Banner live={live} />
        <div class="numbers">
          <Clocks live={live} />
          <Imbalance live={live} caption="powers of ten, last to first layer" />
          <Accuracy live={live} />
        </div>
        <div class="grid">
          <ChartSlot page={page} index={0} />
          <ChartSlot page={page} index={1} />
        </div>
      </main>
      <section class="transport" aria-label="Clocks">
        <NestedClock live={live} scale={screenSize.value === "wide" && !isLow.value ? ROOM_SCALE : SMALL_ROOM_SCALE} />
        <div class="room-controls">
          <Transport live={live} />
          {ROOM_CONTROLS.map((name) => (
            <OneControl key={name} page={page} name={name} />
          ))}
        </div>
      </section>
      <footer class="foot">
        <Summary live={live} hasNumbers />
      </footer>
    </>
  );
}

function Phone({ page }: { page: Page }) {
  const { live, slots, drawer } = page;
  const close = () => {
    drawer.value = "none";
  };
  return (
    <>
      <div class="numbers">
        <Clocks live={live} />
        <Imbalance live={live} caption="powers of ten" />
      </div>
      <div class="tabs" role="tablist" aria-label="Charts">
        {slots.shown.map((panel, index) => (
          <button
            key={index}
            type="button"
            role="tab"
            aria-selected={slots.tab.value === index}
            aria-controls="phone-chart"
            onClick={() => (slots.tab.value = index)}
          >
            {panel.value.short || panel.value.title}
          </button>
        ))}
      </div>
      <main class="charts">
        <Banner live={live} />
        <div class="grid" id="phone-chart" role="tabpanel" aria-label="Chart">
          <ChartSlot key={slots.tab.value} page={page} index={slots.tab.value} />
        </div>
        <Summary live={live} hasNumbers />
      </main>
      <NestedClock live={live} />
      <div class="phone-control">
        <OneControl page={page} name={MAIN_CONTROL} />
        <button type="button" class="button" onClick={() => (drawer.value = "controls")}>
          All controls
        </button>
      </div>
      <Transport live={live} />
      {drawer.value === "controls" && (
        <Drawer label="Controls" close={close}>
          <Controls page={page} isNarrow={false} />
          <Pace live={live} />
        </Drawer>
      )}
      {drawer.value === "side" && <SideDrawer page={page} close={close} />}
    </>
  );
}

/** The edge of a closed drawer: the names of what is inside. */
function DrawerEdge({ page }: { page: Page }) {
  const { drawer } = page;
  const toggle = () => {
    drawer.value = drawer.value === "side" ? "none" : "side";
  };
  return (
    <>
      <aside class="edge" aria-label="Layer and events">
        <button type="button" aria-expanded={drawer.value === "side"} onClick={toggle}>
          Inspector <span>Events</span>
        </button>
      </aside>
      {drawer.value === "side" && <SideDrawer page={page} close={toggle} />}
    </>
  );
}

function SideDrawer({ page, close }: { page: Page; close: () => void }) {
  return (
    <Drawer label="Layer and events" close={close}>
      <Inspector live={page.live} />
      <EventList live={page.live} />
      {screenSize.value === "phone" && (
        <p class="drawer-actions">
          <button type="button" class="button" onClick={toggleTheme}>
            Light or dark
          </button>
          <button type="button" class="button" onClick={() => (page.helpIsOpen.value = true)}>
            Keys and meanings
          </button>
        </p>
      )}
    </Drawer>
  );
}

function Drawer({ label, close, children }: { label: string; close: () => void; children: ComponentChildren }) {
  return (
    <aside class="drawer" aria-label={label}>
      <button type="button" class="button bare drawer-close" onClick={close}>
        <Glyph name="close" size={16} />
        <span class="unseen">Close</span>
      </button>
      {children}
    </aside>
  );
}

function Controls({ page, isNarrow }: { page: Page; isNarrow: boolean }) {
  const { live } = page;
  return (
    <ControlPanel
      states={live.controls.all.filter((state) => !inTransport(state.control))}
      values={live.values.value}
      set={(name, value) => live.controls.set(name, value)}
      notes={live.notes.value.controls}
      annotate={(control, value) => annotationOf(page, control, value)}
      isNarrow={isNarrow}
    />
  );
}

/** What the page knows of a value, and what the server offers because of it. */
function annotationOf({ live }: Page, control: Control, value: number): Annotation {
  const { every_layer_at: everyLayerAt, offers, controls } = live.notes.value;
  const found = annotate(control, value, live.stability.value, everyLayerAt);
  const offer = offers?.[control.name];
  const other = offer && live.controls.get(offer.control)?.control;
  if (offer === undefined || other === undefined) return found;
  const text = `set ${other.symbol || other.label.toLowerCase()} = ${formatValue(other, offer.value)}`;
  const accept = () => live.controls.set(offer.control, offer.value);
  return { ...found, offer: { text, why: controls[control.name] ?? "", accept } };
}

/** The pace and its speed stand by the play button. */
function inTransport(control: Control): boolean {
  return control.name === "pace" || control.name === "pace_speed";
}

function OneControl({ page, name }: { page: Page; name: string }) {
  const { live } = page;
  const state = live.controls.get(name);
  if (state === undefined) return null;
  const value: Value = state.shown.value;
  return (
    <ControlRow
      state={state}
      set={(next) => live.controls.set(name, next)}
      annotation={annotationOf(page, state.control, Number(value))}
      elsewhere={null}
      note={null}
    />
  );
}
