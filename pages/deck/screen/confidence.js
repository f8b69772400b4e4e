/** How sure the annotator is of an answer: 0 a guess, 50 fairly sure, 100 certain; null where nothing was said. */
import { el } from "../dom.js";

/** The less usual first: it is what a key press more is worth. */
const LEVELS = [0, 50, 100];

export class Confidence {
  /** @type {number | null} */
  #value = null;

  /**
   * @param {import("../contract").Say} say
   * @param {() => void} onChange by the annotator
   */
  constructor(say, onChange) {
    this.say = say;
    this.onChange = onChange;
    this.buttons = LEVELS.map((level) =>
      el(
        "button",
        { type: "button", class: "segment", onclick: () => this.#choose(this.#value === level ? null : level) },
        say(`sure.${level}`),
      ),
    );
    this.element = el("div", { class: "sure" }, el("span", { id: "sure-label" }, say("sure.label")));
    this.element.append(
      el("div", { class: "segments", role: "group", "aria-labelledby": "sure-label" }, ...this.buttons),
    );
    this.value = null;
  }

  get value() {
    return this.#value;
  }

  set value(level) {
    this.#value = level;
    this.buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(LEVELS[index] === level)));
  }

  /** In words; "" where nothing was said. */
  get inWords() {
    return this.#value === null ? "" : this.say(`sure.${this.#value}`);
  }

  /** One press is a guess, two are fairly sure, three are certain, four take it back. */
  next() {
    this.#choose(LEVELS[LEVELS.indexOf(this.#value ?? -1) + 1] ?? null);
  }

  /** @param {number | null} level */
  #choose(level) {
    this.value = level;
    this.onChange();
  }
}
