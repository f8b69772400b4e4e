/**
 * A second copy of what was not yet acknowledged, in IndexedDB. Browsers write localStorage to disk when it suits them,
 * seconds later: one that crashes before then has lost it. Where IndexedDB is forbidden, this keeps nothing.
 */
const DATABASE = "hume-deck";
const STORE = "unsent";
/** Nobody waits longer for a database that does not open. */
const OPEN_MS = 1_000;

/** @template T */
export class Vault {
  #opening = open();

  /** @param {string} prefix unique to an account and a kind of thing */
  constructor(prefix) {
    this.prefix = prefix;
  }

  /**
   * On disk when the promise of it is kept, which nobody need wait for.
   * @param {string} name
   * @param {T} thing
   */
  async put(name, thing) {
    await this.#change("strict", (store) => store.put(thing, this.prefix + name));
  }

  /** @param {string} name */
  async remove(name) {
    await this.#change("relaxed", (store) => store.delete(this.prefix + name));
  }

  /**
   * Everything there by its name; nothing where it cannot be read.
   * @returns {Promise<[string, T][]>}
   */
  async all() {
    const database = await this.#opening;
    if (!database) return [];
    return new Promise((resolve) => {
      const reading = database.transaction(STORE);
      const mine = IDBKeyRange.bound(this.prefix, `${this.prefix}\uffff`);
      const names = reading.objectStore(STORE).getAllKeys(mine);
      const things = reading.objectStore(STORE).getAll(mine);
      reading.oncomplete = () =>
        resolve(names.result.map((name, place) => [String(name).slice(this.prefix.length), things.result[place]]));
      reading.onabort = () => resolve([]);
    });
  }

  /**
   * @param {"strict" | "relaxed"} durability
   * @param {(store: IDBObjectStore) => void} change
   */
  async #change(durability, change) {
    const database = await this.#opening;
    try {
      if (database) change(database.transaction(STORE, "readwrite", { durability }).objectStore(STORE));
    } catch {
      // closed by the browser, or full: localStorage has it too
    }
  }
}

/** @returns {Promise<IDBDatabase | null>} null where there is to be none */
function open() {
  return new Promise((resolve) => {
    window.setTimeout(() => resolve(null), OPEN_MS);
    try {
      const asked = indexedDB.open(DATABASE, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}
