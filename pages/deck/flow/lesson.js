/**
 * Practice: how far the annotator is in it, and the one place where the deck waits for the server. What was answered
 * stays on the screen until it is told to be right or not; then Enter, Space or the arrow onward goes on. A key of the
 * form does not: who types fast has pressed it for an item that nobody has seen yet.
 */
import { el, keycap } from "../dom.js";
import { describe } from "../screen/expected.js";

/** @typedef {import("../contract").Feedback} Feedback */
/** @typedef {import("./trail.js").Entry} Entry */

/** Nobody has read what was told within this time: a key that comes earlier was meant for something else. */
const UNREAD_MS = 250;

/** @type {Map<boolean | null, string>} */
const VERDICTS = new Map([
  [true, "training.right"],
  [false, "training.wrong"],
]);

export class Lesson {
  /** The entry whose answer is being looked at by the server, or was. @type {Entry | null} */
  entry = null;
  /** Whether the server has told what it was worth. */
  isTold = false;
  /** Whether practice has just ended: said above the first item that counts. */
  isOver = false;
  #clientId = "";
  #done = 0;
  /** Those before the present one: what the server says of it and how far it has counted come in either order. */
  #doneBefore = 0;
  #total = 0;
  #toldAt = 0;
  #endsPractice = false;
  /** Which practice item it is, by its id. @type {Map<number, number>} */
  #places = new Map();

  /** @param {import("../contract").Say} say */
  constructor(say) {
    this.say = say;
  }

  /** @param {import("../contract").Training | null | undefined} training as the server counts it */
  hear(training) {
    if (!training) return;
    this.#done = Math.max(this.#done, training.done);
    this.#total = training.total;
  }

  /**
   * A practice item is answered; the server is to say what that is worth.
   * @param {Entry} entry
   * @param {string} clientId
   */
  begin(entry, clientId) {
    this.entry = entry;
    this.isTold = false;
    this.#clientId = clientId;
    this.#doneBefore = this.#done;
  }

  /**
   * What has become of answers; true if that of the present item is among them.
   * @param {import("../saving/wire.js").Result[]} results
   * @returns {boolean}
   */
  told(results) {
    const result = results.find(({ client_id }) => client_id === this.#clientId);
    const item = this.entry?.item;
    if (!result || !item) return false;
    if (!item.feedback) {
      this.#done = Math.max(this.#done, this.#doneBefore + 1);
      this.#endsPractice = this.#done >= this.#total;
    }
    item.feedback = result.feedback ?? { right: null, expected: null };
    this.isTold = true;
    this.#toldAt = performance.now();
    return true;
  }

  /** Whether the answer that is waited for is among these: it was refused, and is to be given again. */
  isAmong(/** @type {import("../saving/outbox.js").Parcel[]} */ refused) {
    return refused.some((parcel) => parcel.answer.client_id === this.#clientId);
  }

  /** @returns {boolean} whether it could be read by now */
  get isRead() {
    return this.isTold && performance.now() - this.#toldAt > UNREAD_MS;
  }

  end() {
    this.isOver = this.isTold && this.#endsPractice;
    this.#endsPractice = false;
    this.entry = null;
    this.#clientId = "";
  }

  /**
   * What stands above an item: "Practice 2 of 5".
   * @param {Entry} entry
   */
  title(entry) {
    if (!entry.item?.training) return this.isOver ? this.say("training.over") : "";
    if (!this.#places.has(entry.id) && !entry.item.feedback) this.#places.set(entry.id, this.#done + 1);
    const place = this.#places.get(entry.id);
    return place ? this.say("training.place", { place, total: this.#total }) : this.say("training.again");
  }

  /**
   * What the server said of the answer, or that it is waited for; null where there is nothing to say.
   * @param {Entry} entry
   * @param {{settings: Record<string, any>, trouble: boolean, goOn: () => void}} around
   */
  panel(entry, { settings, trouble, goOn }) {
    const isPresent = entry === this.entry;
    if (isPresent && !this.isTold) return this.#waiting(trouble);
    const feedback = entry.item?.feedback;
    if (!entry.item?.training || !feedback) return null;
    return el(
      "div",
      { class: "lesson", "data-right": String(feedback.right) },
      el("h2", {}, this.say(VERDICTS.get(feedback.right) ?? "training.unknown")),
      this.#expected(entry, feedback, settings),
      isPresent ? el("p", { class: "ways" }, this.#onward(goOn)) : null,
    );
  }

  /** @param {boolean} trouble */
  #waiting(trouble) {
    return el("div", { class: "lesson" }, el("p", {}, this.say(trouble ? "training.trouble" : "training.waiting")));
  }

  /**
   * @param {Entry} entry
   * @param {Feedback} feedback
   * @param {Record<string, any>} settings
   */
  #expected(entry, { expected }, settings) {
    const content = entry.item?.content ?? {};
    const words = expected && describe(expected, { content, settings, say: this.say });
    const heading = el("p", { class: "eyebrow" }, this.say("training.expected"));
    return words && el("div", { class: "expected" }, heading, words);
  }

  /** @param {() => void} goOn */
  #onward(goOn) {
    const attributes = { type: "button", class: "primary", "aria-keyshortcuts": "Enter", onclick: goOn };
    return el("button", attributes, el("span", {}, this.say("training.go-on")), keycap("Enter"));
  }
}
