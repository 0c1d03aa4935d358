/**
 * What the server says between two animation frames, taken in at the start of the next: nothing that is painted then knows more of
 * the run than anything beside it. A page that is not painted takes everything in at once.
 */

export class Inbox {
  readonly #isPainted: () => boolean;
  #waiting: Array<() => void> = [];

  constructor(isPainted: () => boolean) {
    this.#isPainted = isPainted;
  }

  put(take: () => void): void {
    this.#waiting.push(take);
    if (!this.#isPainted()) this.takeIn();
  }

  /** Take in all that waits, in the order of its arrival. */
  takeIn(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const take of waiting) take();
  }
}
