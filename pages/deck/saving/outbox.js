/**
 * Answers on their way to the server. An answer is here from the key press until the server has acknowledged it, over
 * reloads and lost connections; its id makes a resend harmless. A refused one stays until it is mended or given up.
 */
import { AfterFrame } from "../afterframe.js";
import { Patience } from "./patience.js";
import { LastingShelf } from "./shelf.js";
import { WireError } from "./wire.js";

/** @typedef {import("../contract").Answer} Answer */
/** @typedef {import("../contract").Progress} Progress */
/**
 * @typedef {{sequence: number, task: string, subset: string, answer: Answer, isFirst: boolean, refused: string}} Parcel
 * `isFirst`: the item's first answer, as far as the deck knows. `refused`: the server's reason, or "".
 */

const BATCH = 40;
/** Characters of a batch: the server takes a megabyte, and a letter can take three bytes. */
const BATCH_LENGTH = 250_000;

export class Outbox {
  /** Why the last sending failed, or null. @type {WireError | null} */
  trouble = null;
  #sending = false;
  #sequence = 0;
  #limit = BATCH;
  #soon = new AfterFrame(() => this.send());

  /**
   * @param {import("./wire.js").Wire} wire
   * @param {{onChange: () => void,
   *   onSaved: (parcels: Parcel[], progress: Progress, results: import("./wire.js").Result[]) => void}} listeners
   */
  constructor(wire, { onChange, onSaved }) {
    this.wire = wire;
    this.onChange = onChange;
    this.onSaved = onSaved;
    /** @type {LastingShelf<Parcel>} */
    this.shelf = new LastingShelf(`hume/deck/${wire.account}/answer/`);
    this.patience = new Patience(() => this.send());
  }

  /** What lies here from before. Whatever is given from now on comes after it, though the clock was set back since. */
  async recall() {
    await this.shelf.recall();
    this.#sequence = Math.max(this.#sequence, ...this.shelf.all().map((parcel) => parcel.sequence));
  }

  /** Answers that the server has not acknowledged, in the order given; the refused ones apart. */
  get unsaved() {
    return this.shelf
      .all()
      .filter((parcel) => !parcel.refused)
      .sort((a, b) => a.sequence - b.sequence);
  }

  get refused() {
    return this.shelf.all().filter((parcel) => parcel.refused);
  }

  /**
   * Keeps an answer at once, and sends it as soon as the next item is on the screen.
   * @param {string} task
   * @param {string} subset
   * @param {Answer} answer
   * @param {boolean} isFirst
   */
  add(task, subset, answer, isFirst) {
    this.#sequence = Math.max(Date.now(), this.#sequence + 1);
    this.shelf.put(answer.client_id, { sequence: this.#sequence, task, subset, answer, isFirst, refused: "" });
    if (!this.patience.waiting) this.#soon.ask();
    else if (this.trouble?.kind === "offline") this.patience.nudge();
  }

  /** @param {Parcel} parcel */
  giveUp(parcel) {
    this.shelf.remove(parcel.answer.client_id);
    this.onChange();
  }

  /** Sends everything that waits, batch after batch; while one is under way the next gathers. */
  async send() {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let batch = this.#batch(); batch.length; batch = this.#batch()) await this.#sendBatch(batch);
    } finally {
      this.#sending = false;
      this.onChange();
    }
  }

  destroy() {
    if (this.#soon.callOff()) this.send();
    this.patience.destroy();
  }

  /** The oldest answers of one subset, none of an item twice: its revisions are to arrive one after the other. */
  #batch() {
    if (this.patience.waiting) return [];
    const [first, ...rest] = this.unsaved;
    if (!first) return [];
    const batch = [first];
    let length = JSON.stringify(first.answer).length;
    for (const parcel of rest) {
      length += JSON.stringify(parcel.answer).length;
      if (batch.length >= this.#limit || length > BATCH_LENGTH) break;
      if (parcel.task !== first.task || parcel.subset !== first.subset) break;
      if (batch.some((other) => other.answer.item === parcel.answer.item)) break;
      batch.push(parcel);
    }
    return batch;
  }

  /** @param {Parcel[]} batch */
  async #sendBatch(batch) {
    try {
      const { results, progress } = await this.wire.answers(batch.map((parcel) => parcel.answer));
      this.#settle(batch, results, progress);
      this.trouble = null;
      this.#limit = BATCH;
      this.patience.reset();
    } catch (error) {
      this.#failed(batch, error instanceof WireError ? error : new WireError("server"));
    }
    this.onChange();
  }

  /**
   * @param {Parcel[]} batch
   * @param {import("./wire.js").Result[]} results
   * @param {Progress} progress
   */
  #settle(batch, results, progress) {
    const byId = new Map(results.map((result) => [result.client_id, result]));
    if (batch.some((parcel) => !byId.has(parcel.answer.client_id))) throw new WireError("server");
    /** @type {Parcel[]} */
    const saved = [];
    for (const parcel of batch) {
      const result = /** @type {import("./wire.js").Result} */ (byId.get(parcel.answer.client_id));
      if (result.state === "refused") this.#refuse(parcel, result.error);
      else saved.push(parcel);
    }
    for (const parcel of saved) this.shelf.remove(parcel.answer.client_id);
    const mended = (/** @type {Parcel} */ old) => saved.some((parcel) => parcel.answer.item === old.answer.item);
    for (const old of this.refused.filter(mended)) this.shelf.remove(old.answer.client_id);
    this.onSaved(saved, progress, results);
  }

  /**
   * A batch that is refused whole is sent again one by one, so that the answer at fault is known from the others.
   * @param {Parcel[]} batch
   * @param {WireError} error
   */
  #failed(batch, error) {
    if (error.kind === "refused" && batch.length === 1) return this.#refuse(batch[0], error.message);
    if (error.kind === "refused") {
      this.#limit = 1;
      return undefined;
    }
    this.trouble = error;
    return this.patience.later();
  }

  /**
   * @param {Parcel} parcel
   * @param {string} why
   */
  #refuse(parcel, why) {
    this.shelf.put(parcel.answer.client_id, { ...parcel, refused: why || "?" });
  }
}
