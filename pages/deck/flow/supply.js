/** Fetches items ahead: ten, and for a fast annotator as many as last a minute without a connection. */
import { AfterFrame } from "../afterframe.js";
import { Patience } from "../saving/patience.js";
import { WireError } from "../saving/wire.js";

/** @typedef {import("../contract").Item} Item */
/**
 * @typedef {{task: Record<string, any>, progress: import("../contract").Progress, items: Item[],
 *   training?: import("../contract").Training | null, completion?: import("../contract").Completion}} Work
 */

const LEAST = 10;
const MOST = 200;
const LASTING_MS = 60_000;
/** So many are used up before the next are asked for. */
const STEP = 5;

export class Supply {
  /** Why the last request failed, or null. @type {WireError | null} */
  trouble = null;
  /** Whether the server had nothing new when it was last asked. */
  exhausted = false;
  #heldThen = 0;
  #asking = false;
  #soon = new AfterFrame(() => this.fill());
  /** @type {number[]} */
  #times = [];

  /**
   * @param {(count: number) => Promise<Work>} ask
   * @param {{held: () => number, unsaved: () => number, take: (work: Work) => number, onTrouble: () => void}} deck
   * `held`: items in hand. `unsaved`: answered items that the server still counts as in hand. `take`: takes what has
   * come, and says how many items were new.
   */
  constructor(ask, deck) {
    this.ask = ask;
    this.deck = deck;
    this.patience = new Patience(() => this.fill());
  }

  /** An answer was given: the pace of the latest ones sets how many items are kept in hand. */
  used() {
    this.#times = [...this.#times, performance.now()].slice(-8);
    if (this.trouble?.kind === "offline") this.patience.nudge();
    this.#soon.ask();
  }

  /** Asks for items if they run low; `again` also where there were none left just before. */
  async fill(again = false) {
    const wanted = this.#wanted();
    const enough = this.exhausted && !again ? this.#heldThen - STEP : wanted - STEP;
    if (this.#asking || this.patience.waiting || this.deck.held() > enough) return;
    this.#asking = true;
    try {
      await this.#fetch(wanted);
    } finally {
      this.#asking = false;
    }
    if (!this.trouble && !this.exhausted) this.fill();
  }

  destroy() {
    this.#soon.callOff();
    this.patience.destroy();
  }

  /** @param {number} wanted */
  async #fetch(wanted) {
    const before = this.deck.held();
    try {
      const work = await this.ask(wanted + this.deck.unsaved());
      this.trouble = null;
      this.patience.reset();
      this.exhausted = !this.deck.take(work);
      this.#heldThen = before;
    } catch (error) {
      this.trouble = error instanceof WireError ? error : new WireError("server");
      if (this.trouble.kind !== "refused") this.patience.later();
      this.deck.onTrouble();
    }
  }

  #wanted() {
    const [first, last] = [this.#times[0], this.#times.at(-1) ?? 0];
    if (this.#times.length < 3) return LEAST;
    const pace = (last - first) / (this.#times.length - 1);
    return Math.max(LEAST, Math.min(MOST, Math.ceil(LASTING_MS / pace)));
  }
}
