/** Trying again: ever later, up to half a minute, and at once when the network or the annotator is back. */

const FIRST_MS = 500;
const GROWTH = 1.5;
const LAST_MS = 30_000;
const NUDGE_MS = 1_000;

export class Patience {
  #failures = 0;
  #failedAt = 0;
  #timer = 0;
  #stopping = new AbortController();

  /** @param {() => void} again */
  constructor(again) {
    this.again = again;
    const { signal } = this.#stopping;
    window.addEventListener("online", () => this.now(), { signal });
    window.addEventListener("focus", () => this.now(), { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.now(), {
      signal,
    });
  }

  get waiting() {
    return this.#timer !== 0;
  }

  /** After a failure. The delays of many browsers are spread, so that a server that comes back is not run over. */
  later() {
    const delay = Math.min(FIRST_MS * GROWTH ** this.#failures, LAST_MS) * (0.75 + Math.random() / 2);
    this.#failures += 1;
    this.#failedAt = performance.now();
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.now(), delay);
  }

  /** The annotator goes on meanwhile: worth a try, if the last one is a second old. */
  nudge() {
    if (performance.now() - this.#failedAt > NUDGE_MS) this.now();
  }

  /** Ends a wait, if there is one. */
  now() {
    if (!this.#timer) return;
    window.clearTimeout(this.#timer);
    this.#timer = 0;
    this.again();
  }

  /** After a success. */
  reset() {
    window.clearTimeout(this.#timer);
    this.#timer = 0;
    this.#failures = 0;
  }

  destroy() {
    this.reset();
    this.#stopping.abort();
  }
}
