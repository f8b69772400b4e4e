/** How long the rest will take, by the annotator's own pace: half of the answers took longer than that, half less. */

/** The server goes by as many (docs/wire.md). */
const LAST = 50;
const LEAST = 5;

export class Pace {
  /** Active milliseconds of the latest answers given in this page. @type {number[]} */
  #times = [];

  /** @param {number} milliseconds */
  add(milliseconds) {
    this.#times = [...this.#times, milliseconds].slice(-LAST);
  }

  /**
   * Milliseconds an item, or null where too little is known. What was answered in this page tells more of how one goes
   * on than earlier days do.
   * @param {number | null | undefined} before the server's figure, of this and earlier days
   */
  perItem(before) {
    if (this.#times.length < LEAST) return before ?? null;
    const sorted = [...this.#times].sort((a, b) => a - b);
    const half = sorted.length >> 1;
    return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}

/**
 * "about 12 min left", as exact as such a guess can be; "" where nothing is known or left.
 * @param {import("../contract").Say} say
 * @param {number | null} milliseconds
 */
export function timeLeft(say, milliseconds) {
  if (!milliseconds) return "";
  const minutes = milliseconds / 60_000;
  if (minutes < 1) return say("time.soon");
  if (minutes < 10) return say("time.minutes", { n: Math.round(minutes) });
  if (minutes < 88) return say("time.minutes", { n: 5 * Math.round(minutes / 5) });
  return say("time.hours", { n: Math.round(minutes / 60) });
}
