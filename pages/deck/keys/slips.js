/**
 * Clicks that were not meant for what they fall on: the second one of a double click, where the first has brought
 * something else to the screen, and those that come before anybody can have seen what is there. Keys are not held up.
 */

/** Nobody sees what is new and clicks on it within this time. */
const UNSEEN_MS = 250;

export class Slips {
  #shownAt = -Infinity;
  /** What is on the screen, counted, and what was there at the first click of a series. */
  #shown = 0;
  #shownAtFirstClick = 0;

  /** Something else is on the screen. */
  renew() {
    this.#shown += 1;
    this.#shownAt = performance.now();
  }

  /** Whether what is on the screen has been there long enough to be acted on. */
  get isOld() {
    return performance.now() - this.#shownAt > UNSEEN_MS;
  }

  /**
   * @param {MouseEvent} event a click; a button that was pressed by a key gives one whose `detail` is 0
   */
  isSlip(event) {
    if (event.detail === 0) return false;
    if (event.detail === 1) this.#shownAtFirstClick = this.#shown;
    return this.#shown !== this.#shownAtFirstClick || event.timeStamp - this.#shownAt < UNSEEN_MS;
  }

  /**
   * Keeps slips from the form and from dialogs; the ways back and forth take every click.
   * @param {HTMLElement} root
   */
  watch(root) {
    const onClick = (/** @type {MouseEvent} */ event) => {
      const isSlip = this.isSlip(event);
      if (!isSlip || !(/** @type {Element} */ (event.target).closest(".form, dialog"))) return;
      event.preventDefault();
      event.stopPropagation();
      // Nor does it keep the focus: a ring round a choice looks like a choice made, and Enter would make it one.
      const hit = event.composedPath().find((element) => element instanceof HTMLButtonElement);
      if (hit instanceof HTMLButtonElement) hit.blur();
    };
    root.addEventListener("click", onClick, { capture: true });
  }
}
