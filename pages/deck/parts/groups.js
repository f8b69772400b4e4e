/** Texts in groups: which group each text is in, and what the groups are called. Pure: no elements here. */

/** @typedef {{key: number, name: string}} Group */
/** @typedef {{names: string[], placed: Record<string, number>, focus: string | null}} Held `placed`: index of the group */

export class Groups {
  /** @type {Group[]} */
  list = [];
  /** Group key by text id. @type {Map<string, number>} */
  of = new Map();
  #nextKey = 1;

  /**
   * @param {string[]} ids
   * @param {(n: number) => string} defaultName
   */
  constructor(ids, defaultName) {
    this.ids = ids;
    this.defaultName = defaultName;
  }

  /**
   * What was held before, or a payload.
   * @param {any} draft
   */
  restore(draft) {
    const names = draft?.names ?? [...new Set(Object.values(draft?.groups ?? {}))];
    const placed =
      draft?.placed ??
      Object.fromEntries(Object.entries(draft?.groups ?? {}).map(([id, name]) => [id, names.indexOf(name)]));
    for (const name of names) this.add(String(name));
    for (const id of this.ids) {
      const group = this.list[placed[id]];
      if (group) this.of.set(id, group.key);
    }
  }

  /** @param {string} [name] */
  add(name = this.#freeName()) {
    const group = { key: this.#nextKey++, name };
    this.list.push(group);
    return group;
  }

  /** @param {number} key */
  textsOf(key) {
    return this.ids.filter((id) => this.of.get(id) === key);
  }

  get unplaced() {
    return this.ids.filter((id) => !this.of.has(id));
  }

  /** @param {number} key */
  empty(key) {
    for (const id of this.textsOf(key)) this.of.delete(id);
  }

  /**
   * @param {number} key
   * @param {number} into
   */
  merge(key, into) {
    for (const id of this.textsOf(key)) this.of.set(id, into);
  }

  /** @param {number} key */
  remove(key) {
    this.empty(key);
    this.list = this.list.filter((group) => group.key !== key);
  }

  /** The name that two groups with texts have in common, or null. */
  get sameName() {
    const names = this.#used.map(({ name }) => name.trim());
    return names.find((name, index) => names.indexOf(name) < index) ?? null;
  }

  get hasNoName() {
    return this.#used.some(({ name }) => !name.trim());
  }

  /** @returns {{groups: Record<string, string>}} */
  get payload() {
    const names = new Map(this.list.map(({ key, name }) => [key, name.trim()]));
    return { groups: Object.fromEntries(this.ids.map((id) => [id, names.get(this.of.get(id) ?? 0) ?? ""])) };
  }

  /** @returns {Omit<Held, "focus">} */
  get held() {
    const index = new Map(this.list.map(({ key }, place) => [key, place]));
    return {
      names: this.list.map(({ name }) => name),
      placed: Object.fromEntries([...this.of].map(([id, key]) => [id, index.get(key) ?? -1])),
    };
  }

  get #used() {
    return this.list.filter(({ key }) => this.textsOf(key).length);
  }

  #freeName() {
    const names = this.list.map(({ name }) => name);
    let n = this.list.length + 1;
    while (names.includes(this.defaultName(n))) n += 1;
    return this.defaultName(n);
  }
}
