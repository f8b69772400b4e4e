/**
 * What the server knows of items that this page does not have, or has in an older state: after a reload, by the
 * address, and where the annotator went on on another device. What was changed here last is never taken away.
 */
import { newest } from "../saving/drafts.js";
import { WireError } from "../saving/wire.js";

/** @typedef {import("./trail.js").Entry} Entry */

/** An item is looked up once it has rested on the screen for so long: who leafs through them asks nothing. */
const REST_MS = 250;

export class Recollection {
  #isRecalled = false;
  #timer = 0;
  /** @type {Entry | null} */
  #fetching = null;
  #stopping = new AbortController();

  /**
   * @param {{data: import("../contract").DeckData, wire: import("../saving/wire.js").Wire, trail: import("./trail.js").Trail,
   *   isUnsaved: (item: number) => boolean, onChange: () => void, onRecalled: () => void,
   *   onStranger: () => void}} parts
   * `onChange`: the item on the screen is to be drawn anew. `onStranger`: the item asked for is not one's own here.
   */
  constructor({ data, wire, trail, isUnsaved, onChange, onRecalled, onStranger }) {
    this.data = data;
    this.wire = wire;
    this.trail = trail;
    this.isUnsaved = isUnsaved;
    this.onChange = onChange;
    this.onRecalled = onRecalled;
    this.onStranger = onStranger;
    const { signal } = this.#stopping;
    document.addEventListener("visibilitychange", () => this.#lookAgain(), { signal });
    window.addEventListener("focus", () => this.#lookAgain(), { signal });
  }

  /** Asks once which items were answered before; with the next items again, where that failed. */
  async recall() {
    if (this.#isRecalled) return;
    this.#isRecalled = true;
    try {
      const { items } = await this.wire.answered(this.data.task, this.data.subset);
      this.trail.remember(items.map((item) => item.id));
      this.onRecalled();
    } catch {
      this.#isRecalled = false;
    }
  }

  /**
   * Fetches an entry's item, for the first time or again; false where that is not possible now.
   * @param {Entry} entry
   */
  async fetch(entry) {
    if (this.#fetching === entry) return true;
    this.#fetching = entry;
    try {
      const item = await this.wire.item(entry.id);
      if (this.#isElsewhere(item)) this.onStranger();
      else this.#arrived(entry, item);
    } catch (error) {
      if (this.trail.guest !== entry || !(error instanceof WireError) || error.kind !== "refused") return false;
      this.onStranger();
    } finally {
      if (this.#fetching === entry) this.#fetching = null;
    }
    return true;
  }

  /** The item on the screen may be known better elsewhere: looked up once it rests there. */
  freshen() {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#compare(), REST_MS);
  }

  destroy() {
    window.clearTimeout(this.#timer);
    this.#stopping.abort();
  }

  /** The annotator is back, from another device perhaps. */
  #lookAgain() {
    if (document.visibilityState !== "visible" || !this.trail.current?.item) return;
    this.#isRecalled = false;
    this.recall();
    this.freshen();
  }

  /**
   * @param {Entry} entry
   * @param {import("../contract").Item} item
   */
  #arrived(entry, item) {
    const isCurrent = this.trail.current === entry;
    if (this.trail.guest === entry) this.trail.admit(item);
    else Object.assign(entry, { item, revision: item.answer?.revision ?? 0 });
    if (isCurrent) this.onChange();
  }

  async #compare() {
    const entry = this.trail.current;
    if (!entry?.item || this.isUnsaved(entry.id)) return;
    const before = entry.held?.at ?? 0;
    const item = await this.wire.item(entry.id).catch(() => null);
    if (!item || this.trail.current !== entry || this.isUnsaved(entry.id) || (entry.held?.at ?? 0) !== before) return;
    const isDrafted = item.draft !== null && newest(entry.held, item.draft) === item.draft;
    const isAnswered = (item.answer?.revision ?? 0) > entry.revision && (isDrafted || !entry.steps.length);
    if (!isAnswered && !isDrafted) return;
    if (isAnswered && !this.trail.lookingBack) this.trail.foundAnswered(entry);
    const revision = item.answer?.revision ?? entry.revision;
    const held = isDrafted ? item.draft : null;
    Object.assign(entry, { item, revision, held, steps: [], answer: isAnswered ? null : entry.answer });
    this.onChange();
  }

  /** @param {import("../contract").Item} item */
  #isElsewhere({ task, subset }) {
    return (task ?? this.data.task) !== this.data.task || (subset ?? this.data.subset) !== this.data.subset;
  }
}
