/** A search over the cards of a board: those that have what is typed stand out, the others step back. */
import { el } from "../dom.js";
import { markPlaces, places, unmark } from "../text/finder.js";

export class Search {
  /** Ids of the cards that match; null while nothing is searched for. @type {Set<string> | null} */
  #matching = null;

  /**
   * @param {Map<string, HTMLElement>} cards
   * @param {import("../contract").Say} say
   * @param {{first: () => void, changed: (wanted: string) => void}} on `first`: Enter, to go to the first match
   */
  constructor(cards, say, on) {
    this.cards = cards;
    this.say = say;
    this.input = el("input", {
      type: "search",
      dir: "auto",
      "aria-label": say("clustering.search"),
      "aria-keyshortcuts": "/",
      placeholder: say("clustering.search"),
    });
    this.count = el("span", { class: "muted", role: "status" });
    this.element = el("div", { class: "find", role: "search" }, this.input, this.count);
    this.input.addEventListener("input", () => {
      this.show();
      on.changed(this.input.value);
    });
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.repeat && this.#matching?.size) on.first();
    });
  }

  get isOn() {
    return this.#matching !== null;
  }

  /** @param {string} id */
  finds(id) {
    return this.#matching?.has(id) ?? true;
  }

  open() {
    this.input.focus();
    this.input.select();
  }

  /** @param {string} wanted */
  set(wanted) {
    this.input.value = wanted;
    this.show();
  }

  show() {
    const wanted = this.input.value.trim();
    this.#matching = wanted ? new Set() : null;
    unmark();
    for (const [id, card] of this.cards) {
      const block = /** @type {HTMLElement} */ (card.querySelector(".passage"));
      const found = places(block.textContent ?? "", wanted);
      if (found.length) this.#matching?.add(id);
      markPlaces(block, found);
      card.classList.toggle("found", found.length > 0);
      card.classList.toggle("passed-over", wanted !== "" && !found.length);
    }
    const n = this.#matching?.size ?? 0;
    this.count.textContent = !wanted ? "" : n ? this.say("clustering.found", { n }) : this.say("text.find.none");
  }
}
