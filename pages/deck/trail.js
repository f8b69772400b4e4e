/** Where the annotator is: the items answered, in order, and the items fetched ahead. Draws and sends nothing. */

/** @typedef {import("./contract").Item} Item */
/** @typedef {import("./contract").Answer} Answer */
/** @typedef {import("./contract").Draft} Draft */
/**
 * @typedef {object} Entry
 * @property {number} id
 * @property {Item | null} item null until it is fetched (again)
 * @property {Answer | null} answer the one given in this page
 * @property {Draft | null} held what was left unfinished in this page
 * @property {any[]} steps what the form held before each change, to undo to
 * @property {number} milliseconds active time until the annotator went elsewhere
 */

/** So many of the latest answered items stay in memory. */
const REMEMBERED = 50;

/**
 * @param {number} id
 * @param {Item | null} item
 * @returns {Entry}
 */
const entryOf = (id, item) => ({ id, item, answer: null, held: null, steps: [], milliseconds: 0 });

export class Trail {
  /** @type {Entry[]} */
  past = [];
  /** @type {Entry[]} */
  ahead = [];
  /** The place in `past` that is looked back at, or null. @type {number | null} */
  at = null;

  /** @returns {Entry | null} */
  get current() {
    return (this.at === null ? this.ahead[0] : this.past[this.at]) ?? null;
  }

  get lookingBack() {
    return this.at !== null;
  }

  /**
   * Items to answer, from the server; those that are here already are left out.
   * @param {Item[]} items
   * @returns {number} how many were new
   */
  arrive(items) {
    const here = new Set([...this.past, ...this.ahead].map((entry) => entry.id));
    const fresh = items.filter((item) => !here.has(item.id));
    this.ahead.push(...fresh.map((item) => entryOf(item.id, item)));
    return fresh.length;
  }

  /**
   * Items that were answered before this page was opened, oldest first.
   * @param {number[]} ids
   */
  remember(ids) {
    const here = new Set([...this.past, ...this.ahead].map((entry) => entry.id));
    const before = ids.filter((id) => !here.has(id)).map((id) => entryOf(id, null));
    this.past.unshift(...before);
    if (this.at !== null) this.at += before.length;
  }

  /**
   * The current item is answered: the next one is current.
   * @param {Answer} answer
   */
  answered(answer) {
    const entry = this.current;
    if (!entry) return;
    Object.assign(entry, { answer, held: null, steps: [], milliseconds: 0 });
    if (this.at !== null) return void this.forward();
    this.past.push(/** @type {Entry} */ (this.ahead.shift()));
    const old = this.past[this.past.length - 1 - REMEMBERED];
    if (old) old.item = null;
  }

  get canGoBack() {
    return (this.at ?? this.past.length) > 0;
  }

  back() {
    if (this.canGoBack) this.at = (this.at ?? this.past.length) - 1;
  }

  forward() {
    if (this.at !== null) this.at = this.at + 1 < this.past.length ? this.at + 1 : null;
  }

  /**
   * To an item wherever it is, also to one that was never here.
   * @param {number} id
   */
  go(id) {
    if (this.ahead[0]?.id === id) return void (this.at = null);
    if (!this.past.some((entry) => entry.id === id)) {
      this.past.push(this.#takeFromAhead(id) ?? entryOf(id, null));
    }
    this.at = this.past.findIndex((entry) => entry.id === id);
  }

  /**
   * Answered in another tab: not to be asked again here, unless it is on the screen.
   * @param {number} id
   */
  answeredElsewhere(id) {
    if (this.current?.id === id) return;
    const entry = this.#takeFromAhead(id);
    if (entry) this.past.push({ ...entry, item: null });
  }

  /** @param {number} id */
  #takeFromAhead(id) {
    const index = this.ahead.findIndex((entry) => entry.id === id);
    return index < 0 ? null : this.ahead.splice(index, 1)[0];
  }
}
