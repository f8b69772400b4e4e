/**
 * When the guidelines are shown: beside the item always, unless closed; above it for the annotator's first item alone,
 * and on a phone, where they would push it out of sight, only when they are asked for.
 */
import { el } from "../dom.js";
import { prose } from "./prose.js";
import { liking } from "../saving/shelf.js";

/** They stand beside the item where the deck is wider than this, as frame.css has it. */
const BESIDE_REM = 56;
const PHONE = "(width < 700px)";

export class Guidelines {
  #isIntroduction = false;

  /**
   * @param {{root: HTMLElement, aside: HTMLElement, guidelines: HTMLButtonElement}} screen
   * @param {import("../contract").Say} say
   */
  constructor({ root, aside, guidelines }, say) {
    this.root = root;
    this.aside = aside;
    this.button = guidelines;
    this.say = say;
  }

  /**
   * @param {string} text
   * @param {boolean} isNew whether the annotator has answered nothing here
   */
  introduce(text, isNew) {
    this.button.hidden = !text.trim();
    this.aside.replaceChildren(el("h2", {}, this.say("guidelines")), prose(text));
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const stay = this.root.clientWidth > BESIDE_REM * rem && liking.get("guidelines") !== "closed";
    this.#isIntroduction = isNew && !stay && !window.matchMedia(PHONE).matches;
    this.#show(stay || this.#isIntroduction);
  }

  toggle() {
    this.#isIntroduction = false;
    this.#show(Boolean(this.aside.hidden));
    liking.set("guidelines", this.aside.hidden ? "closed" : "open");
  }

  /** The first item is answered. */
  afterAnswer() {
    if (this.#isIntroduction) this.#show(false);
    this.#isIntroduction = false;
  }

  #show(/** @type {boolean} */ open) {
    this.aside.hidden = !open || this.button.hidden;
    this.button.setAttribute("aria-expanded", String(!this.aside.hidden));
  }
}
