/** Asks why there is no run, when none comes, and says it until one does. */

import type { Connection } from "../protocol/socket";

/** A connection that has brought nothing by then is asked after; with the wait for the answer a person knows within five seconds. */
const PATIENCE_MS = 1500;

export class Doorbell {
  readonly #ask: (isThrough: boolean) => Promise<string | null>;
  readonly #say: (sentence: string | null) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether there is a run, or an end: then an answer that comes late is not said. */
  #isOver = false;

  constructor(ask: (isThrough: boolean) => Promise<string | null>, say: (sentence: string | null) => void) {
    this.#ask = ask;
    this.#say = say;
  }

  /** What becomes of the socket. A run that was under way is asked after only if a new attempt fails too. */
  connection(connection: Connection): void {
    clearTimeout(this.#timer);
    this.#isOver = connection.kind === "ended";
    switch (connection.kind) {
      case "connecting":
      case "open":
        this.#timer = setTimeout(() => this.#ring(connection.kind === "open"), PATIENCE_MS);
        break;
      case "waiting":
        if (connection.reason !== "") this.#say(connection.reason);
        else if (!connection.isGreeted) this.#ring(false);
        break;
      case "ended":
        this.#say(null);
    }
  }

  /** The server has let the page in, and there is a run. */
  greeted(): void {
    clearTimeout(this.#timer);
    this.#isOver = true;
    this.#say(null);
  }

  async #ring(isThrough: boolean): Promise<void> {
    const sentence = await this.#ask(isThrough);
    if (!this.#isOver) this.#say(sentence);
  }
}
