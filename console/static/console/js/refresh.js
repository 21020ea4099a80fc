// Asking for everything anew, while frames go on coming.

/**
 * Hands frames to `take`. While `ask` (an async function) asks for everything anew they wait: its answer may be
 * older than they are. Wanted again meanwhile, it asks once more: that answer may be older than the wish.
 *
 * @template T
 */
export class Refreshed {
  /**
   * @param {(frame: T) => void} take
   * @param {() => Promise<unknown>} ask
   */
  constructor(take, ask) {
    this.takeNow = take;
    this.ask = ask;
    /** @type {T[] | null} */
    this.held = null;
    this.wantedAgain = false;
  }

  /** @param {T} frame */
  take(frame) {
    if (this.held) this.held.push(frame);
    else this.takeNow(frame);
  }

  async refresh() {
    if (this.held) {
      this.wantedAgain = true;
      return;
    }
    const frames = (this.held = /** @type {T[]} */ ([]));
    try {
      do {
        this.wantedAgain = false;
        await this.ask();
      } while (this.wantedAgain);
    } finally {
      this.held = null;
      frames.forEach((frame) => this.take(frame));
    }
  }
}
