/** What screen readers are told of what has changed on the screen: the last of it, once things have come to rest. */
import { el } from "../dom.js";

const REST_MS = 400;

export class Announcer {
  element = el("p", { class: "unseen", role: "status" });
  #timer = 0;

  /** @param {string} text */
  say(text) {
    window.clearTimeout(this.#timer);
    this.element.textContent = ""; // the same words again are read again
    this.#timer = window.setTimeout(() => (this.element.textContent = text), REST_MS);
  }

  destroy() {
    window.clearTimeout(this.#timer);
  }
}
