/** What need not be in the frame of a key press waits until that frame is painted, so that it is painted sooner. */

/** A tab that is not seen paints nothing: then it is done after so long. */
const LATEST_MS = 100;

export class AfterFrame {
  #frame = 0;
  #timer = 0;

  /** @param {() => void} act */
  constructor(act) {
    this.act = act;
  }

  /** Does it after the next frame; once, however often it is asked for until then. */
  ask() {
    if (this.#timer) return;
    this.#frame = requestAnimationFrame(() => this.#wait(0));
    this.#wait(LATEST_MS);
  }

  /** @returns {boolean} whether it was still to be done, and is not now */
  callOff() {
    const waited = this.#timer !== 0;
    cancelAnimationFrame(this.#frame);
    window.clearTimeout(this.#timer);
    this.#timer = 0;
    return waited;
  }

  /** @param {number} milliseconds */
  #wait(milliseconds) {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.callOff() && this.act(), milliseconds);
  }
}
