/**
 * What the browser keeps until the server has acknowledged it: one entry of localStorage a thing, so that two tabs
 * never write over each other.
 */

/** @template T */
export class Shelf {
  /** @type {Map<string, T>} */
  #things = new Map();
  /** Whether everything here would survive a reload. */
  kept = true;

  /** @param {string} prefix unique to an account and a kind of thing */
  constructor(prefix) {
    this.prefix = prefix;
    this.#load();
  }

  /** @returns {T[]} */
  all() {
    return [...this.#things.values()];
  }

  /** @param {string | number} name */
  get(name) {
    return this.#things.get(String(name)) ?? null;
  }

  /**
   * What lies there in the browser by now: another tab may have put it there.
   * @param {string | number} name
   * @returns {T | null}
   */
  stored(name) {
    try {
      return JSON.parse(localStorage.getItem(this.prefix + name) ?? "null");
    } catch {
      return null;
    }
  }

  /**
   * @param {string | number} name
   * @param {T} thing
   */
  put(name, thing) {
    this.#things.set(String(name), thing);
    try {
      localStorage.setItem(this.prefix + name, JSON.stringify(thing));
    } catch {
      this.kept = false; // full, or forbidden: the page says so, and the thing is still in memory
    }
  }

  /** @param {string | number} name */
  remove(name) {
    this.#things.delete(String(name));
    try {
      localStorage.removeItem(this.prefix + name);
    } catch {
      this.kept = false;
    }
    if (!this.#things.size) this.kept = true;
  }

  /**
   * What another tab of the same account has just put on this shelf, or null.
   * @param {StorageEvent} event
   * @returns {T | null}
   */
  fromElsewhere(event) {
    return event.key?.startsWith(this.prefix) && event.newValue ? JSON.parse(event.newValue) : null;
  }

  #load() {
    try {
      for (const key of Object.keys(localStorage)) if (key.startsWith(this.prefix)) this.#loadOne(key);
    } catch {
      this.kept = false;
    }
  }

  /** @param {string} key */
  #loadOne(key) {
    try {
      this.#things.set(key.slice(this.prefix.length), JSON.parse(localStorage.getItem(key) ?? ""));
    } catch {
      localStorage.removeItem(key); // cut short by a full disk or another program: nobody can read it
    }
  }
}

/** What the annotator likes of the deck, in this browser; forgotten where it may keep nothing. */
export const liking = {
  get(/** @type {string} */ name) {
    try {
      return localStorage.getItem(`hume/deck/liking/${name}`);
    } catch {
      return null;
    }
  },
  set(/** @type {string} */ name, /** @type {string} */ value) {
    try {
      localStorage.setItem(`hume/deck/liking/${name}`, value);
    } catch {
      // it is no more than a liking
    }
  },
};
