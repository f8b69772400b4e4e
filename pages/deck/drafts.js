/** Unfinished work: in the browser at once, at the server within a second, until the item is answered. */
import { Patience } from "./patience.js";
import { Shelf } from "./shelf.js";
import { WireError } from "./wire.js";

/** @typedef {import("./contract").Draft} Draft */

const DELAY_MS = 400;

export class Drafts {
  #timer = 0;
  #posting = false;

  /** @param {import("./wire.js").Wire} wire */
  constructor(wire) {
    this.wire = wire;
    /** @type {Shelf<{item: number, draft: Draft}>} */
    this.shelf = new Shelf(`hume/deck/${wire.account}/draft/`);
    this.patience = new Patience(() => this.post());
    if (this.shelf.all().length) this.#soon();
  }

  /**
   * What the server may not have yet, or null.
   * @param {number} item
   */
  of(item) {
    return this.shelf.get(item)?.draft ?? null;
  }

  /**
   * @param {number} item
   * @param {Draft} draft
   */
  put(item, draft) {
    this.shelf.put(item, { item, draft });
    this.#soon();
  }

  /**
   * The item is answered: its draft is of no more use.
   * @param {number} item
   */
  drop(item) {
    if (this.shelf.get(item)) this.shelf.remove(item);
  }

  /** Posts every draft that the server has not acknowledged. */
  async post() {
    window.clearTimeout(this.#timer);
    this.#timer = 0;
    if (this.#posting) return;
    this.#posting = true;
    for (const { item } of this.shelf.all()) if (!(await this.#postOne(item))) break;
    this.#posting = false;
    if (this.shelf.all().length && !this.patience.waiting) this.#soon();
  }

  destroy() {
    window.clearTimeout(this.#timer);
    if (this.#timer) this.post();
    this.patience.destroy();
  }

  #soon() {
    if (!this.#timer && !this.patience.waiting) this.#timer = window.setTimeout(() => this.post(), DELAY_MS);
  }

  /** @param {number} item */
  async #postOne(item) {
    const posted = this.shelf.get(item);
    if (!posted) return true;
    try {
      await this.wire.draft(item, posted.draft);
    } catch (error) {
      if (!(error instanceof WireError) || error.kind !== "refused") {
        this.patience.later();
        return false;
      }
    }
    this.patience.reset();
    if (this.shelf.get(item) === posted) this.shelf.remove(item);
    return true;
  }
}
