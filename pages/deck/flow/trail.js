/** Where the annotator is: the items answered, in order, and the items fetched ahead. Draws and sends nothing. */

/** @typedef {import("../contract").Item} Item */
/** @typedef {import("../contract").Answer} Answer */
/** @typedef {import("../contract").Draft} Draft */
/**
 * @typedef {object} Entry
 * @property {number} id
 * @property {Item | null} item null until it is fetched (again)
 * @property {Answer | null} answer the one given in this page
 * @property {number} revision of the latest answer that is known to be at the server; 0: none
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
const entryOf = (id, item) => ({
  id,
  item,
  answer: null,
  revision: item?.answer?.revision ?? 0,
  held: null,
  steps: [],
  milliseconds: 0,
});

export class Trail {
  /** @type {Entry[]} */
  past = [];
  /** @type {Entry[]} */
  ahead = [];
  /** The place in `past` that is looked back at, or null. @type {number | null} */
  at = null;
  /** An item that was asked for by its address and is not known here yet. @type {Entry | null} */
  guest = null;

  /** @returns {Entry | null} */
  get current() {
    return this.guest ?? (this.at === null ? this.ahead[0] : this.past[this.at]) ?? null;
  }

  get lookingBack() {
    return this.at !== null && !this.guest;
  }

  /** @param {number} id */
  find(id) {
    return [...this.past, ...this.ahead].find((entry) => entry.id === id) ?? null;
  }

  /**
   * Items to answer, from the server; those that are here already are left out.
   * @param {Item[]} items
   * @returns {number} how many were new
   */
  arrive(items) {
    const here = new Set([...this.past, ...this.ahead, this.guest].map((entry) => entry?.id));
    const fresh = items.filter((item) => !here.has(item.id));
    this.ahead.push(...fresh.map((item) => entryOf(item.id, item)));
    const asked = items.find((item) => item.id === this.guest?.id);
    if (asked) this.admit(asked);
    return fresh.length + (asked ? 1 : 0);
  }

  /**
   * The guest has come, and takes its place: among the answered ones, or as the next to answer.
   * @param {Item} item
   */
  admit(item) {
    const entry = entryOf(item.id, item);
    this.guest = null;
    if (!item.answer) return void this.ahead.unshift(entry);
    this.past.push(entry);
    this.at = this.past.length - 1;
  }

  /** The guest is nobody's here: what would have been on the screen without it is current. */
  dismiss() {
    this.guest = null;
  }

  /**
   * Items that were answered before this page was opened, or on another device, oldest first.
   * @param {number[]} ids
   */
  remember(ids) {
    const { current } = this;
    const toAnswer = new Set(this.ahead.map((entry) => entry.id));
    for (const id of ids) if (toAnswer.has(id)) this.answeredElsewhere(id);
    const known = new Map([...this.past, ...(this.guest ? [this.guest] : [])].map((entry) => [entry.id, entry]));
    const open = this.ahead[0]?.id;
    const listed = ids.filter((id) => id !== open).map((id) => known.get(id) ?? entryOf(id, null));
    const answered = new Set(listed);
    this.past = [...listed, ...this.past.filter((entry) => !answered.has(entry))];
    if (this.guest && answered.has(this.guest)) this.guest = null;
    else if (this.at === null) return;
    this.at = this.past.findIndex((entry) => entry === current);
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
    return (this.#place ?? this.past.length) > 0;
  }

  back() {
    if (this.canGoBack) this.at = (this.#place ?? this.past.length) - 1;
    this.guest = null;
  }

  forward() {
    const place = this.#place;
    this.at = place !== null && place + 1 < this.past.length ? place + 1 : null;
    this.guest = null;
  }

  /**
   * To an item wherever it is, also to one that was never here; null: to the next one to answer.
   * @param {number | null} id
   */
  go(id) {
    const place = this.past.findIndex((entry) => entry.id === id);
    this.at = place < 0 ? null : place;
    this.guest = null;
    if (place >= 0 || id === null) return;
    const entry = this.#takeFromAhead(id);
    if (entry) this.ahead.unshift(entry);
    else this.guest = entryOf(id, null);
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

  /**
   * The item to answer on the screen has been answered on another device: it is looked back at.
   * @param {Entry} entry
   */
  foundAnswered(entry) {
    if (!this.#takeFromAhead(entry.id)) return;
    this.past.push(entry);
    this.at = this.past.length - 1;
  }

  get #place() {
    return this.guest ? null : this.at;
  }

  /** @param {number} id */
  #takeFromAhead(id) {
    const index = this.ahead.findIndex((entry) => entry.id === id);
    return index < 0 ? null : this.ahead.splice(index, 1)[0];
  }
}
