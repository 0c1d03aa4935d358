/**
 * The page's side of the conversation: every server message and frame comes in here and is written to the stores; every
 * wish of a person goes out from here. No DOM, no socket of its own.
 */

import { type Signal, signal } from "@preact/signals";
import { assertNever } from "../protocol/assertNever";
import type { Catalogue, Value, Values } from "../protocol/catalogue";
import type { Frame } from "../protocol/frames";
import type {
  Applied,
  ClientMessage,
  Diverged,
  Hello,
  Notes,
  Restarted,
  ServerMessage,
  Status,
} from "../protocol/generated";
import type { Connection } from "../protocol/socket";
import { ControlsStore } from "./controls";
import { EFFECT_WORDS, formatValue, plainWords } from "./controlValue";
import { EventLog } from "./events";
import { EffectLatency, FrameRate } from "./rates";
import type { RunEvent, RunView } from "./run";
import { RunStore } from "./runStore";

/** What the status line says. */
export type RunState = Pick<Status, "state" | "reason" | "compiling">;

export interface LiveHost {
  send(message: ClientMessage): boolean;
  /** Milliseconds, monotonic. */
  now(): number;
}

const RESTARTED_MS = 4000;
/** The first and the newest are kept: the first is often the cause of the others. */
const MOST_NOTICES = 5;

export class Live {
  readonly catalogue: Catalogue;
  readonly run: RunStore;
  readonly log = new EventLog();
  readonly controls: ControlsStore;

  readonly connection: Signal<Connection> = signal({ kind: "connecting" });
  /** Why there is no connection, in a sentence; null while there is one, or nothing to be said. */
  readonly trouble: Signal<string | null> = signal(null);
  readonly state: Signal<RunState> = signal({ state: "starting", reason: "", compiling: null });
  readonly diverged: Signal<Diverged | null> = signal(null);
  /** The server's sentences about something other than a control, until a person puts them away. */
  readonly notices: Signal<ReadonlyArray<string>> = signal([]);
  /** How many more there were than there is room for. */
  readonly unsaid = signal(0);
  /** What the server says of the values last set. */
  readonly notes: Signal<Pick<Notes, "controls" | "every_layer_at" | "offers">> = signal({
    controls: {},
    every_layer_at: null,
    offers: {},
  });
  readonly device = signal("");
  readonly latency: Signal<number | null> = signal(null);
  readonly framesPerSecond = signal(0);
  readonly dropped = signal(0);
  /** Changes whenever `values` does; the values themselves are read from the run. */
  readonly values: Signal<Values> = signal({});
  readonly learnStep = signal(0);
  readonly inferStep = signal(0);
  readonly plannedSteps = signal(0);
  /** Largest stable activity rate, null until it is known. */
  readonly stability: Signal<RunView["stability"]> = signal(null);
  /** The run's version at this animation frame: whoever reads it is shown again when the run has changed. */
  readonly version = signal(0);
  /** Why the run began again, for a few seconds. */
  readonly restarted: Signal<string | null> = signal(null);

  session: string | null = null;
  frames = 0;

  readonly #host: LiveHost;
  readonly #rate = new FrameRate();
  readonly #effect = new EffectLatency();
  #lastSeq: number | null = null;
  #lostAt: Connection["kind"] | null = null;
  #shown: ReadonlyArray<string> = [];
  /** The run that was asked for is to play once it is there; until then `play` would move the old one. */
  #playsNext = false;
  #restartedAt = Number.NEGATIVE_INFINITY;

  constructor(catalogue: Catalogue, host: LiveHost) {
    this.catalogue = catalogue;
    this.#host = host;
    this.run = new RunStore();
    this.controls = new ControlsStore(catalogue.controls, host);
  }

  get isPlaying(): boolean {
    return this.state.value.state === "playing";
  }

  // What a person does ---------------------------------------------------------------------------------------------

  playOrPause(): void {
    this.#host.send({ op: this.isPlaying ? "pause" : "play" });
  }

  infer(n: number): void {
    this.#host.send({ op: "infer", n });
  }

  learn(n: number): void {
    this.#host.send({ op: "learn", n });
  }

  /** The same run again: the present values, the same seed. */
  reset(): void {
    this.#host.send({ op: "reset", seed: null });
  }

  newSeed(seed: number): void {
    this.#host.send({ op: "reset", seed });
  }

  /** Begin the diverged learning step again, with the value that the server suggests or with the present ones. */
  tryAgain(withSuggestion: boolean): void {
    const suggestion = this.diverged.value?.suggestion;
    if (withSuggestion && suggestion) this.controls.set(suggestion.control, suggestion.value);
    this.controls.flush();
    this.#host.send({ op: "play" });
  }

  /** Begin the diverged run again from its first weights, with the value that the server suggests, and play it. */
  startAgain(): void {
    const suggestion = this.diverged.value?.suggestion;
    if (suggestion) this.controls.set(suggestion.control, suggestion.value);
    this.controls.flush();
    this.#playsNext = true;
    this.reset();
  }

  hover(layer: number | null, inferStep: number | null): void {
    this.run.hover(layer, inferStep);
  }

  /** Keep a layer in view. The activities of a hidden one are drawn from then on; the output has none of its own. */
  pin(layer: number | null): void {
    this.run.pin(layer);
    const watched = layer === null ? 0 : layer;
    if (watched < this.run.depth && this.run.values.trajectory_layer !== watched) {
      this.controls.set("trajectory_layer", watched);
    }
  }

  /** Ask for the columns that the panels in view need, beyond those of every frame. */
  show(columns: ReadonlyArray<string>): void {
    this.#shown = columns;
    this.#host.send({ op: "show", columns: [...columns] });
  }

  /** Say a sentence above the charts. Where there are too many, the first ones and the newest stay and the others are counted. */
  notify(sentence: string): void {
    if (this.notices.value.includes(sentence)) return;
    const kept = this.notices.value.slice(0, this.notices.value.length < MOST_NOTICES ? MOST_NOTICES : -1);
    this.unsaid.value += this.notices.value.length - kept.length;
    this.notices.value = [...kept, sentence];
  }

  /** A person has read what was to be said. */
  forgetNotices(): void {
    this.notices.value = [];
    this.unsaid.value = 0;
  }

  // What the server says -------------------------------------------------------------------------------------------

  connect(connection: Connection): void {
    const wasOpen = this.connection.value.kind === "open";
    this.connection.value = connection;
    if (connection.kind === "waiting" && wasOpen) {
      this.#lostAt = connection.kind;
      this.#note("Connection lost", "the run goes on at the server");
    }
    if (connection.kind !== "open") this.framesPerSecond.value = 0;
  }

  receive(message: ServerMessage): void {
    switch (message.op) {
      case "hello":
        this.#hello(message);
        break;
      case "applied":
        this.#applied(message);
        break;
      case "rejected":
        if (message.seq === null) this.notify(this.#plain(message.reason));
        else this.controls.refuse(message.seq, this.#plain(message.reason));
        break;
      case "status":
        this.#status(message);
        break;
      case "diverged":
        this.#diverged(message);
        break;
      case "restarted":
        this.#restarted(message);
        break;
      case "notes":
        this.notes.value = { ...message, controls: this.#allPlain(message.controls) };
        this.run.note(this.#allPlain(message.panels), message.course);
        break;
      case "heartbeat":
        break;
      default:
        assertNever(message);
    }
  }

  frame(frame: Frame): void {
    const now = this.#host.now();
    const { seq, applied_seq: appliedSeq } = frame.header;
    // In training the server shows ten frames a second of many by design; in slow motion every one is meant to be seen.
    if (this.#lastSeq !== null && this.run.pace === "slow") this.dropped.value += Math.max(0, seq - this.#lastSeq - 1);
    this.#lastSeq = seq;
    if (!this.run.apply(frame)) return;
    this.frames += 1;
    this.#rate.add(now);
    const latency = this.#effect.arrived(appliedSeq, now);
    if (latency !== null) this.latency.value = latency;
  }

  /** Once per animation frame: send what was set. */
  flush(): void {
    this.controls.flush();
  }

  /** Let the scalars of the page follow the run, before it is drawn. */
  tick(): void {
    this.learnStep.value = this.run.learnStep;
    this.inferStep.value = this.run.inferStep;
    this.plannedSteps.value = this.run.plannedSteps;
    this.stability.value = this.run.stability;
    this.version.value = this.run.version;
  }

  /** A few times a second: the rate, which falls also while nothing arrives. */
  measure(): void {
    const now = this.#host.now();
    this.framesPerSecond.value = Math.round(this.#rate.perSecond(now));
    if (now - this.#restartedAt > RESTARTED_MS) this.restarted.value = null;
  }

  #hello({ session, epoch, resumed, spec, view, device }: Hello): void {
    const isSameRun = resumed && session === this.session && epoch === this.run.epoch;
    const values = { ...spec, ...view };
    this.session = session;
    this.device.value = device;
    this.#lastSeq = null;
    this.#rate.clear();
    this.#effect.forget();
    if (isSameRun) this.run.refresh(values);
    else this.run.begin(epoch, values);
    this.controls.adopt(values);
    this.#publishValues();
    if (this.#lostAt !== null)
      this.#note(isSameRun ? "Reconnected" : "Reconnected to a new run", isSameRun ? "same run" : "");
    else this.#event("start", resumed ? "Back at this run" : "Started", this.#describe(values));
    this.#lostAt = null;
    if (!isSameRun) this.diverged.value = null;
    if (this.#shown.length > 0) this.show(this.#shown);
  }

  #applied(message: Applied): void {
    const answer = this.controls.answer(message);
    this.run.set(message.control, message.value);
    this.#publishValues();
    const control = this.controls.get(message.control)?.control;
    if (answer === null || control === undefined) return;
    if (message.effect === "live" && this.isPlaying && message.seq !== null && answer.sentAt !== null) {
      this.#effect.expect(message.seq, answer.sentAt);
    }
    if (message.effect === "view") return;
    const after = formatValue(control, message.value);
    const isAction = control.kind === "action";
    const saysBefore = !isAction && control.kind !== "grid"; // which is too large to be said
    if (!isAction && answer.before === message.value) return;
    this.log.tweak(this.run.epoch, {
      control: control.name,
      title: control.label,
      before: !saysBefore ? "" : formatValue(control, answer.before),
      after,
      when: EFFECT_WORDS[message.effect],
      learnStep: message.learn_step,
      inferStep: message.infer_step,
      at: this.#host.now(),
    });
    this.#publishEvents();
  }

  #plain(sentence: string): string {
    return plainWords(sentence, this.catalogue.controls);
  }

  #allPlain(sentences: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(Object.entries(sentences).map(([key, sentence]) => [key, this.#plain(sentence)]));
  }

  #status({ state, reason: said, compiling }: Status): void {
    const reason = this.#plain(said);
    const wasPlaying = this.isPlaying;
    this.state.value = { state, reason, compiling };
    this.run.isPaused = state === "paused";
    if (state === "playing" && this.diverged.value !== null) this.#clearDivergence();
    if (state === "paused") this.#effect.forget();
    if (state === "paused" && wasPlaying && this.diverged.value === null) {
      this.#event("pause", "Paused", reason === "Paused." ? "" : reason);
    }
  }

  #diverged(said: Diverged): void {
    const message = { ...said, reason: this.#plain(said.reason), cause: this.#plain(said.cause ?? "") };
    const { layer, learn_step: learnStep, infer_step: inferStep, cause, where = "", limit = null } = message;
    this.diverged.value = message;
    this.run.diverge({ layer, learnStep, inferStep, where, cause, limit });
    this.log.add(this.run.epoch, {
      kind: "diverged",
      mark: "!",
      learnStep,
      inferStep,
      title: `Diverged: ${where}`,
      detail: `paused here. ${cause}`,
    });
    this.#publishEvents();
  }

  #restarted({ epoch, reason: said, spec }: Restarted): void {
    const reason = this.#plain(said);
    this.run.begin(epoch, spec);
    this.controls.adopt(spec);
    this.diverged.value = null;
    this.#effect.forget();
    this.#publishValues();
    this.restarted.value = reason;
    this.#restartedAt = this.#host.now();
    this.#event("restart", "Restarted", reason || this.#describe(spec));
    if (this.#playsNext) this.#host.send({ op: "play" });
    this.#playsNext = false;
  }

  #clearDivergence(): void {
    this.diverged.value = null;
    this.run.diverge(null);
  }

  #note(title: string, detail: string): void {
    this.#event("note", title, detail);
  }

  #event(kind: RunEvent["kind"], title: string, detail: string): void {
    const { learnStep, inferStep, epoch } = this.run;
    this.log.add(epoch, { kind, mark: "", learnStep, inferStep, title, detail });
    this.#publishEvents();
  }

  #publishEvents(): void {
    this.run.mark(this.log.of(this.run.epoch));
  }

  #publishValues(): void {
    this.values.value = this.run.values;
  }

  /** "digits, μPC, depth 16": the values of the network that a person would name first. */
  #describe(values: Values): string {
    const word = (name: string): string => {
      const control = this.controls.get(name)?.control;
      const value: Value | undefined = values[name];
      return control === undefined || value === undefined ? "" : formatValue(control, value);
    };
    return `${word("dataset")}, ${word("parameterisation")}, depth ${word("depth")}, seed ${word("seed")}`;
  }
}
