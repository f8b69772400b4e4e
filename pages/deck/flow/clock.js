/**
 * Active time on an item: the tab is seen, the annotator has not paused, and of each gap without a sign of life the
 * first minute counts and no more. To read a long text needs no key, so a gap does not count as idle from its start.
 */

const IDLE_MS = 60_000;
const SIGNS_OF_LIFE = ["keydown", "pointerdown", "pointermove", "wheel", "scroll", "touchmove"];

export class Clock {
  #total = 0;
  #last = 0;
  #paused = false;
  #stopping = new AbortController();

  /** @param {() => number} now milliseconds of a clock that never goes back */
  constructor(now = () => performance.now()) {
    this.now = now;
    this.#last = now();
    const options = { capture: true, passive: true, signal: this.#stopping.signal };
    for (const sign of SIGNS_OF_LIFE) window.addEventListener(sign, () => this.#count(), options);
    document.addEventListener("visibilitychange", () => this.#count(document.visibilityState === "hidden"), options);
  }

  /** Begins an item that has already taken `milliseconds`. */
  start(milliseconds = 0) {
    this.#total = milliseconds;
    this.#last = this.now();
  }

  /** Nothing counts until `resume`. */
  pause() {
    this.#count();
    this.#paused = true;
  }

  resume() {
    this.#count();
    this.#paused = false;
  }

  /** Active milliseconds of the item so far, as a whole number. */
  read() {
    this.#count();
    return Math.round(this.#total);
  }

  destroy() {
    this.#stopping.abort();
  }

  /** @param {boolean} seen whether the tab was seen until now */
  #count(seen = document.visibilityState === "visible") {
    const now = this.now();
    if (seen && !this.#paused) this.#total += Math.min(now - this.#last, IDLE_MS);
    this.#last = now;
  }
}
