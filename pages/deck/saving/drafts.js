/** Unfinished work: in the browser at once, at the server within a second, until the item is answered. */
import { Patience } from "./patience.js";
import { Shelf } from "./shelf.js";
import { WireError } from "./wire.js";

/** @typedef {import("../contract").Draft} Draft */

/**
 * @typedef {{item: number, draft: Draft, revision: number | null}} Kept
 * `revision`: that of the answer that the draft would change, 0 where there was none; null where it was on its way.
 */

const DELAY_MS = 400;

/**
 * The one that was changed last, or null; of those as old as each other the first.
 * @param {(Draft | null | undefined)[]} drafts
 */
export function newest(...drafts) {
  const there = drafts.filter((draft) => draft !== null && draft !== undefined);
  return there.length ? there.reduce((best, draft) => ((draft.at ?? 0) > (best.at ?? 0) ? draft : best)) : null;
}

export class Drafts {
  #timer = 0;
  #posting = false;
  /** Drafts that have waited long: the item may have been gone on with on another device. @type {Set<number>} */
  #doubtful = new Set();

  /** @param {import("./wire.js").Wire} wire */
  constructor(wire) {
    this.wire = wire;
    /** @type {Shelf<Kept>} */
    this.shelf = new Shelf(`hume/deck/${wire.account}/draft/`);
    this.patience = new Patience(() => this.post());
    for (const { item } of this.shelf.all()) this.#doubtful.add(item);
    if (this.#doubtful.size) this.#soon();
  }

  /**
   * What the server may not have yet, from this tab or another, or null.
   * @param {number} item
   */
  of(item) {
    return newest(this.shelf.get(item)?.draft, this.shelf.stored(item)?.draft);
  }

  /**
   * @param {number} item
   * @param {Draft} draft
   * @param {number | null} revision of the answer that it would change
   */
  put(item, draft, revision) {
    this.shelf.put(item, { item, draft, revision });
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
      if (!(await this.#isOutdone(posted))) await this.wire.draft(item, posted.draft);
    } catch (error) {
      if (!(error instanceof WireError) || error.kind !== "refused") {
        this.#doubtful.add(item);
        this.patience.later();
        return false;
      }
    }
    this.patience.reset();
    if (this.shelf.get(item) === posted) this.shelf.remove(item);
    return true;
  }

  /**
   * Whether the server has something newer than a draft that could not be posted for a while.
   * @param {Kept} kept
   */
  async #isOutdone({ item, draft, revision }) {
    if (!this.#doubtful.has(item)) return false;
    const there = await this.#there(item);
    this.#doubtful.delete(item);
    return (there?.draft?.at ?? 0) > (draft.at ?? 0) || (there?.answer?.revision ?? 0) > (revision ?? Infinity);
  }

  /**
   * The item as the server has it; null where it has nothing of this annotator's.
   * @param {number} item
   */
  async #there(item) {
    try {
      return await this.wire.item(item);
    } catch (error) {
      if (error instanceof WireError && error.kind === "refused") return null;
      throw error;
    }
  }
}
