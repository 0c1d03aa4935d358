import { beforeEach, describe, expect, test } from "vitest";
import type { ClientMessage, Hello, ServerMessage, Status } from "../protocol/generated";
import { DEPTH, KICK, PACE, RATE } from "../testing/controls";
import { learningColumns, stepFrame } from "../testing/frame";
import { Live } from "./live";

const SPEC = { activity_lr: 0.3, depth: 2 };
const hello = (more: Partial<Hello> = {}): Hello => ({
  op: "hello",
  protocol: 1,
  session: "abc",
  epoch: 1,
  resumed: false,
  spec: SPEC,
  view: { pace: "slow" },
  device: "CPU",
  ...more,
});
const status = (state: Status["state"], reason = ""): Status => ({
  op: "status",
  state,
  reason,
  compiling: null,
  learn_step: 0,
  infer_step: 0,
});
const DIVERGED: ServerMessage = {
  op: "diverged",
  layer: 2,
  learn_step: 0,
  infer_step: 5,
  reason: "Too fast.",
  suggestion: { control: "activity_lr", value: 0.2 },
  where: "layers 1–2, 2 the largest",
  cause: "Activity rate 3 is above its limit 0.4 at k = 0.",
  limit: 0.4,
};

let sent: ClientMessage[];
let now: number;
let live: Live;
const titles = () => live.log.events.value.map(({ title }) => title);

beforeEach(() => {
  sent = [];
  now = 0;
  live = new Live(
    { protocol: 1, controls: [RATE, DEPTH, PACE, KICK], panels: [] },
    {
      send: (message) => {
        sent.push(message);
        return true;
      },
      now: () => now,
    },
  );
  live.connect({ kind: "open" });
  live.receive(hello());
  live.receive(status("playing"));
});

function change(value: number, seq: number, more: object = {}): void {
  live.controls.set("activity_lr", value);
  live.flush();
  live.receive({
    op: "applied",
    seq,
    control: "activity_lr",
    value,
    effect: "live",
    learn_step: 0,
    infer_step: 3,
    ...more,
  });
}

describe("a change", () => {
  test("is in the log with both values and both clocks, and on the clocks as a mark", () => {
    change(0.5, 1);
    expect(live.run.events.at(-1)).toMatchObject({
      mark: "1",
      title: "Activity rate",
      detail: "0.30 → 0.50, live",
      inferStep: 3,
    });
    expect(live.run.values.activity_lr).toBe(0.5);
  });

  test("takes as long as it takes to show: to the first frame computed with it, not to the answer", () => {
    now = 1000;
    change(0.5, 1);
    now = 1010;
    live.frame(stepFrame(0, 0, { seq: 1, appliedSeq: 0 }));
    expect(live.latency.value).toBeNull();
    now = 1042;
    live.frame(stepFrame(0, 1, { seq: 2, appliedSeq: 1 }));
    expect(live.latency.value).toBe(42);
  });

  test("of a paused run has no latency: its effect waits for a person", () => {
    live.receive(status("paused", "Paused."));
    change(0.5, 1);
    now = 60_000;
    live.frame(stepFrame(0, 0, { appliedSeq: 1 }));
    expect(live.latency.value).toBeNull();
  });

  test("that is refused says why beside its control, not above the charts", () => {
    live.controls.set("activity_lr", 99);
    live.flush();
    live.receive({ op: "rejected", seq: 1, reason: "too large" });
    expect(live.controls.get("activity_lr")?.complaint.value).toBe("too large");
    expect(live.notices.value).toEqual([]);
    live.receive({ op: "rejected", seq: null, reason: "no such key" });
    expect(live.notices.value).toEqual(["no such key"]);
  });

  test("of the view is no event of the run", () => {
    live.receive({
      op: "applied",
      seq: null,
      control: "pace",
      value: "training",
      effect: "view",
      learn_step: 0,
      infer_step: 0,
    });
    expect(titles()).toEqual(["Started"]);
    expect(live.run.pace).toBe("training");
  });
});

describe("a divergence", () => {
  test("is marked, and trying again sends the suggestion before it plays", () => {
    live.receive(status("paused"));
    live.receive(DIVERGED);
    expect(live.run.diverged).toMatchObject({ layer: 2, inferStep: 5, limit: 0.4 });
    expect(live.log.events.value.at(-1)?.title).toBe("Diverged: layers 1–2, 2 the largest");
    expect(live.run.events.at(-1)?.mark).toBe("!");
    sent = [];
    live.tryAgain(true);
    expect(sent).toEqual([{ op: "change", control: "activity_lr", value: 0.2, seq: 1 }, { op: "play" }]);
    live.receive(status("playing"));
    expect(live.diverged.value).toBeNull();
    expect(live.run.diverged).toBeNull();
  });
});

describe("a divergence of the weights", () => {
  test("begins the run again with the suggestion, and plays only the new one", () => {
    live.receive(status("paused"));
    live.receive({ ...DIVERGED, infer_step: 0, suggestion: { control: "activity_lr", value: 0.001 } });
    sent = [];
    live.startAgain();
    expect(sent).toEqual([
      { op: "change", control: "activity_lr", value: 0.001, seq: 1 },
      { op: "reset", seed: null },
    ]);
    for (const epoch of [2, 3]) live.receive({ op: "restarted", epoch, reason: "", spec: SPEC });
    expect(sent.slice(2)).toEqual([{ op: "play" }]);
  });
});

describe("a new epoch", () => {
  test("ends what was known of the run and its divergence, and old frames are void", () => {
    live.frame(stepFrame(7, 1, { columns: learningColumns([6], [1]) }));
    live.receive(DIVERGED);
    live.receive({ op: "restarted", epoch: 2, reason: "Depth is now 4.", spec: { ...SPEC, depth: 4 } });
    live.frame(stepFrame(7, 2, { seq: 2 }));
    expect([live.run.learnStep, live.run.learning.length, live.run.depth, live.diverged.value]).toEqual([
      0,
      0,
      4,
      null,
    ]);
    expect(live.run.events.map(({ title }) => title)).toEqual(["Restarted"]);
    expect(live.restarted.value).toBe("Depth is now 4.");
    now = 10_000;
    live.measure();
    expect(live.restarted.value).toBeNull();
  });
});

describe("a lost connection", () => {
  test("that finds the same run again keeps everything", () => {
    live.frame(stepFrame(3, 1));
    live.connect({ kind: "waiting", attempt: 1, reason: "", isGreeted: true });
    live.connect({ kind: "open" });
    live.receive(hello({ resumed: true }));
    expect(live.run.learnStep).toBe(3);
    expect(titles()).toEqual(["Started", "Connection lost", "Reconnected"]);
  });

  test("that finds another begins again, and says so", () => {
    live.frame(stepFrame(3, 1));
    live.connect({ kind: "waiting", attempt: 1, reason: "", isGreeted: true });
    live.receive(hello({ session: "new", epoch: 1 }));
    expect(live.run.current.lastStep).toBe(-1);
    expect(titles().at(-1)).toBe("Reconnected to a new run");
    expect(live.session).toBe("new");
  });

  test("asks again for what the panels in view need", () => {
    live.show(["layer_error_mean"]);
    sent = [];
    live.receive(hello({ resumed: true }));
    expect(sent).toContainEqual({ op: "show", columns: ["layer_error_mean"] });
  });
});

describe("the stream", () => {
  test("counts what slow motion did not show, and not what training leaves out by design", () => {
    live.frame(stepFrame(0, 0, { seq: 1 }));
    live.frame(stepFrame(0, 3, { seq: 4 }));
    expect(live.dropped.value).toBe(2);
    live.run.set("pace", "training");
    live.frame(stepFrame(5, 3, { seq: 40 }));
    expect(live.dropped.value).toBe(2);
  });

  test("has a rate that falls to nothing when nothing comes", () => {
    for (let each = 0; each < 20; each += 1) {
      now = each * 100;
      live.frame(stepFrame(0, each, { seq: each + 1 }));
    }
    live.measure();
    expect(live.framesPerSecond.value).toBe(10);
    now += 5000;
    live.measure();
    expect(live.framesPerSecond.value).toBe(0);
  });
});

describe("sentences of the server", () => {
  test("name a control by its label, whatever they are about", () => {
    const { label } = live.controls.get("activity_lr")?.control ?? { label: "" };
    const said = "`activity_lr` is a number from 0.001 to 10; 100 is outside `x`.";
    const read = `${label} is a number from 0.001 to 10; 100 is outside x.`;
    live.receive({ op: "rejected", seq: null, reason: said });
    live.receive({ op: "status", state: "paused", reason: said, compiling: null, learn_step: 0, infer_step: 0 });
    live.receive({
      op: "notes",
      controls: { depth: said },
      panels: { energy: said },
      course: "",
      every_layer_at: null,
      offers: {},
    });
    const heard = [
      live.notices.value[0],
      live.state.value.reason,
      live.notes.value.controls.depth,
      live.run.panelNotes.energy,
    ];
    live.receive({ op: "diverged", layer: 1, learn_step: 0, infer_step: 0, reason: said, suggestion: null } as never);
    heard.push(live.diverged.value?.reason);
    live.receive({ op: "restarted", epoch: 9, reason: said, spec: {} });
    heard.push(live.restarted.value ?? "");
    expect(new Set(heard)).toEqual(new Set([read]));
    live.controls.set("activity_lr", 100);
    live.flush();
    live.receive({ op: "rejected", seq: 1, reason: said });
    expect(live.controls.get("activity_lr")?.complaint.value).toBe(read);
  });

  test("about a bad link are kept from the first on, with the newest; those between are counted", () => {
    for (let each = 1; each <= 8; each += 1) live.receive({ op: "rejected", seq: null, reason: `Bad ${each}.` });
    expect(live.notices.value).toEqual(["Bad 1.", "Bad 2.", "Bad 3.", "Bad 4.", "Bad 8."]);
    expect(live.unsaid.value).toBe(3);
    live.forgetNotices();
    expect([live.notices.value, live.unsaid.value]).toEqual([[], 0]);
  });
});

describe("notes", () => {
  test("of controls stand by the controls, those of panels are seen by the charts; the newest replace those before", () => {
    const { version } = live.run;
    const notes = { op: "notes", course: "The error travels.", every_layer_at: 15, offers: {} } as const;
    live.receive({ ...notes, controls: { depth: "Deep." }, panels: { equilibrium: "Only linear." } });
    expect(live.notes.value.controls).toEqual({ depth: "Deep." });
    expect(live.notes.value.every_layer_at).toBe(15);
    expect([live.run.panelNotes, live.run.course]).toEqual([{ equilibrium: "Only linear." }, "The error travels."]);
    expect(live.run.version).toBeGreaterThan(version);
    live.receive({ ...notes, controls: {}, panels: {} });
    expect([live.notes.value.controls, live.run.panelNotes]).toEqual([{}, {}]);
  });
});

describe("pinning", () => {
  test("the output keeps it in view and asks for no activities, which it does not have", () => {
    live.frame(stepFrame(0, 0));
    live.pin(2);
    live.tick();
    expect(live.run.focus.layer).toBe(2);
    expect(sent).toEqual([]);
  });
});
