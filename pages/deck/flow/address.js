/**
 * The address of the item on the screen, `#item-123`: a reload shows it again, and the browser's back and forward
 * buttons go from item to item. Browsers take only so many changes (Safari 100 in 30 s, Chromium 200): of items that
 * come faster than that for long, the last two of each second are in the history: "back" is still the item before.
 */

import { AfterFrame } from "../afterframe.js";

/** So many changes at once, and then so many a second: at most 80 in 30 s. */
const BURST = 20;
const PER_SECOND = 2;
const WAIT_MS = 1_000;
const FRAGMENT = /^#item-([1-9]\d{0,9})$/;

/** The item that the address names, or null. */
export function addressed() {
  const found = FRAGMENT.exec(location.hash);
  return found ? Number(found[1]) : null;
}

const page = () => location.pathname + location.search;

export class Address {
  #page = page();
  /** What is to be in the address, and what was on the screen before it. @type {(number | null)[]} */
  #shown = [];
  #allowance = BURST;
  #countedAt = performance.now();
  #timer = 0;
  #soon = new AfterFrame(() => this.#write());
  /** The next change takes the place of the present entry: nothing was shown under it. */
  #replace = true;
  #stopping = new AbortController();

  /** @param {(item: number | null) => void} go the browser has gone to an item; null: to none in particular */
  constructor(go) {
    this.go = go;
    window.addEventListener("popstate", () => this.#gone(), { signal: this.#stopping.signal });
  }

  /**
   * Something else is on the screen.
   * @param {number | null} item null: none
   */
  show(item) {
    if (this.#shown[0] !== item) this.#shown = [item, ...this.#shown].slice(0, 2);
    const now = performance.now();
    this.#allowance = Math.min(BURST, this.#allowance + (PER_SECOND * (now - this.#countedAt)) / 1_000);
    this.#countedAt = now;
    if (this.#allowance >= 1) this.#soon.ask();
    else this.#timer ||= window.setTimeout(() => this.#write(), WAIT_MS);
  }

  /** What the address names cannot be shown: what is shown instead takes its place in the history. */
  replaceNext() {
    this.#replace = true;
  }

  destroy() {
    this.#callOff();
    this.#stopping.abort();
  }

  #callOff() {
    this.#soon.callOff();
    window.clearTimeout(this.#timer);
    this.#timer = 0;
  }

  #write() {
    this.#callOff();
    const [item, before] = this.#shown;
    if (page() !== this.#page) return;
    if (item === addressed()) return void (this.#replace = false);
    if (!this.#replace && before !== undefined && before !== addressed()) this.#change("pushState", before);
    this.#change(this.#replace ? "replaceState" : "pushState", item);
    this.#replace = false;
  }

  /**
   * @param {"pushState" | "replaceState"} how
   * @param {number | null} item
   */
  #change(how, item) {
    this.#allowance -= 1;
    try {
      history[how](history.state, "", page() + (item === null ? "" : `#item-${item}`));
    } catch {
      // a browser that has had enough of it: the deck goes on, and the next change is tried again
    }
  }

  #gone() {
    if (page() !== this.#page) return; // to another page: Streamlit takes the deck away
    this.#callOff();
    const item = addressed();
    this.#replace = item === null;
    if (item === null || item !== this.#shown[0]) this.go(item);
  }
}
