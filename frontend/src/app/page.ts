/** What the parts of the page share: the run, the slots, the panels alive in them, and the loop that draws them. */

import { type Signal, signal } from "@preact/signals";
import type { MountedPanel, PanelHost, PanelKind } from "../panels/panel";
import { type Catalogue, fetchCatalogue } from "../protocol/catalogue";
import { askAtTheDoor, versionTrouble } from "../protocol/door";
import { RunSocket } from "../protocol/socket";
import { socketAddress } from "../store/experimentUrl";
import { Live } from "../store/live";
import { readView } from "../store/pageView";
import { Doorbell } from "./doorbell";
import { FrameLoop } from "./frameLoop";
import { Inbox } from "./inbox";
import { loadPanelKinds, Slots } from "./slots";
import { keepSession, sessionOfTab } from "./tabSession";
import { keepUrl } from "./url";

const MEASURE_MS = 500;
const RETRY_MS = 1500;

/** A panel alive in a slot. */
export interface Mounted {
  readonly element: HTMLElement;
  readonly panel: MountedPanel;
}

export class Page {
  readonly live: Live;
  readonly slots: Slots;
  readonly loop: FrameLoop;
  readonly inbox = new Inbox(() => document.visibilityState === "visible");
  readonly kinds: Signal<ReadonlyMap<string, PanelKind> | null> = signal(null);
  readonly helpIsOpen = signal(false);
  readonly drawer: Signal<"none" | "side" | "controls"> = signal("none");
  readonly host: PanelHost;
  readonly mounted = new Map<number, Mounted>();

  constructor(live: Live) {
    this.live = live;
    this.slots = new Slots(live.catalogue.panels, readView(location.search).panels);
    for (const sentence of this.slots.complaints) live.notify(sentence);
    this.loop = new FrameLoop(
      () => {
        this.inbox.takeIn();
        live.tick();
        return live.run.version;
      },
      () => live.flush(),
    );
    this.host = {
      hover: (layer, inferStep) => live.hover(layer, inferStep),
      pin: (layer) => live.pin(layer),
    };
  }

  /** The chart that keys are for: the focused one, else the one under the pointer, else the first. */
  toggleScale(): void {
    const all = [...this.mounted.values()];
    const chosen =
      all.find(({ element }) => element.contains(document.activeElement)) ??
      all.find(({ element }) => element.matches(":hover")) ??
      this.mounted.get(0);
    chosen?.panel.toggleScale?.();
  }
}

/** Start the conversation: the socket, the loop and the URL. Resolves before the panels, which bring Plotly, have arrived. */
export async function openPage(): Promise<Page> {
  sayInShell("");
  const firstQuery = location.search;
  const firstSession = sessionOfTab(firstQuery);
  const panelKinds = loadPanelKinds();
  const catalogue = await catalogueAtLast(doorAddress(firstSession));
  const live: Live = new Live(catalogue, {
    send: (message) => socket.send(message),
    now: () => performance.now(),
  });
  const page = new Page(live);
  const doorbell = new Doorbell(
    (isThrough) => askAtTheDoor(doorAddress(live.session ?? firstSession), isThrough),
    (sentence) => {
      live.trouble.value = sentence;
    },
  );
  const socket = new RunSocket({
    // Until the server has said what the run is, the query is the visitor's own; bad keys in it are for the server to name.
    address: () =>
      live.session === null
        ? socketAddress(location, firstQuery, firstSession)
        : socketAddress(location, location.search, live.session),
    onMessage: (message) => {
      if (message.op === "hello") {
        doorbell.greeted();
        const trouble = versionTrouble(message.protocol);
        if (trouble !== null) return socket.end(trouble);
      }
      page.inbox.put(() => live.receive(message));
    },
    onFrame: (frame) => page.inbox.put(() => live.frame(frame)),
    onConnection: (connection) => {
      page.inbox.put(() => live.connect(connection));
      doorbell.connection(connection);
    },
  });
  document.addEventListener("visibilitychange", () => page.inbox.takeIn());
  addEventListener("pagehide", () => keepSession(live.session, location.search));
  addEventListener("online", () => socket.connect());
  keepUrl(live, page.slots);
  page.slots.columns.subscribe((columns) => live.show(columns));
  socket.connect();
  page.loop.start();
  setInterval(() => live.measure(), MEASURE_MS);
  panelKinds.then(
    (kinds) => {
      page.kinds.value = kinds;
    },
    () => {
      live.notify("The charts could not be loaded. Reload the page to try again.");
    },
  );
  return page;
}

/** The catalogue, however long the server takes to answer; meanwhile the shell of the page says why there is none. */
async function catalogueAtLast(door: string): Promise<Catalogue> {
  for (;;) {
    // The door answers also while the worker starts; a catalogue that is not there would be an error on the browser's console.
    const trouble = await askAtTheDoor(door, true);
    try {
      if (trouble === null) return await fetchCatalogue();
      sayInShell(trouble);
    } catch (error) {
      sayInShell(error instanceof Error ? error.message : String(error));
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** The frame of the page that index.html holds has one place for a sentence. */
function sayInShell(sentence: string): void {
  const place = document.querySelector<HTMLElement>("[data-shell-word]");
  if (place === null) return;
  delete place.dataset.late;
  if (place.textContent !== sentence) place.textContent = sentence;
}

function doorAddress(session: string | null): string {
  return session === null ? "api/door" : `api/door?session=${encodeURIComponent(session)}`;
}
