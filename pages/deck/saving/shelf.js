/**
 * What the browser keeps until the server has acknowledged it: one entry of localStorage a thing, so that two tabs
 * never write over each other.
 */

import { Vault } from "./vault.js";

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

/**
 * A shelf whose things outlive a browser that crashes, or whose machine does, just after they were put there.
 * @template T
 * @extends {Shelf<T>}
 */
export class LastingShelf extends Shelf {
  /** What was taken away since the page began, and may still be in the vault. @type {Set<string>} */
  #gone = new Set();

  /** @param {string} prefix */
  constructor(prefix) {
    super(prefix);
    /** @type {Vault<T>} */
    this.vault = new Vault(prefix);
  }

  /**
   * @param {string | number} name
   * @param {T} thing
   */
  put(name, thing) {
    super.put(name, thing);
    this.vault.put(String(name), thing);
  }

  /** @param {string | number} name */
  remove(name) {
    super.remove(name);
    this.#gone.add(String(name));
    this.vault.remove(String(name));
  }

  /** Puts back what the vault alone has. What was acknowledged and not yet taken from it is harmless. */
  async recall() {
    for (const [name, thing] of await this.vault.all()) {
      if (!this.get(name) && !this.#gone.has(name)) super.put(name, thing);
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
