/** The board of clustering: the texts to place, the groups that they are put into, and the search over them all. */
import { arrange, keepingFocus, reveal } from "../dom.js";
import { CHOICE_KEYS, choice, digit, letter, searches } from "../keys/keys.js";
import { boardCard, toggleCard } from "./boardcard.js";
import { boardLayout } from "./boardlayout.js";
import { arrow, mark } from "./cards.js";
import { dragging } from "./drag.js";
import { unmark } from "../text/finder.js";
import { GroupBox } from "./groupbox.js";
import { Groups } from "./groups.js";
import { Search } from "./search.js";

/** Keys of the groups: `n` makes a new one, `r` renames one. */
const GROUP_KEYS = CHOICE_KEYS.filter((key) => key !== "n" && key !== "r");

/** @typedef {"follow" | "reveal" | "stay"} Sight as cards.js has it */

/** What is searched for and which texts are open, by the item's content. @type {WeakMap<object, {wanted: string, open: Set<string>}>} */
const views = new WeakMap();

export class Board {
  /** @type {Map<number, GroupBox>} */
  #boxes = new Map();
  /** The group that a text was last put into: the one that `r` renames, if the marked text is in none. */
  #last = 0;
  #stopping = new AbortController();

  /** @param {import("../contract").FormContext} context */
  constructor({ content, order, settings, draft, languages, say, onChange, onComplete }) {
    this.say = say;
    this.onChange = onChange;
    this.onComplete = onComplete;
    this.isFixed = Boolean(settings.n_groups);
    this.view = views.get(content) ?? { wanted: "", open: new Set() };
    views.set(content, this.view);
    /** @type {{id: string, content: import("../contract").Content}[]} */
    const texts = [...content.texts].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
    this.groups = new Groups(
      texts.map(({ id }) => id),
      (n) => say("clustering.default", { n }),
    );
    this.groups.restore(draft);
    while (this.isFixed && this.groups.list.length < settings.n_groups) this.groups.add();
    /** @type {string | null} */
    this.focus = draft?.focus ?? this.groups.unplaced[0] ?? null;
    this.cards = new Map(
      texts.map((text, index) => [text.id, this.#card(text, index, { languages, say, item: content })]),
    );
    this.search = new Search(this.cards, say, {
      first: () => this.#mark(this.#firstFound(), "follow"),
      changed: (wanted) => {
        this.view.wanted = wanted;
        if (this.search.isOn) reveal(this.cards.get(this.#firstFound() ?? ""));
      },
    });
    this.layout = boardLayout(say, this.search.element, {
      complete: () => this.complete(),
      putIntoNew: () => this.place(this.focus, this.groups.add().key, "reveal"),
      judge: () => this.#judge(),
    });
    this.layout.more.hidden = this.isFixed;
    this.search.set(this.view.wanted);
    this.stopDragging = this.#listenToDrags();
    const closeOthers = (/** @type {Event} */ event) => this.#closeMenus(/** @type {Node} */ (event.composedPath()[0]));
    window.addEventListener("pointerdown", closeOthers, { signal: this.#stopping.signal });
    this.show("stay");
  }

  /** The marked text is in sight. */
  reveal() {
    this.#mark(this.focus, "reveal");
  }

  destroy() {
    this.stopDragging();
    this.#stopping.abort();
    unmark();
  }

  /**
   * @param {{id: string, content: import("../contract").Content}} text
   * @param {number} index
   * @param {import("../text/passage.js").Reading} reading
   */
  #card(text, index, reading) {
    const { open } = this.view;
    const element = boardCard(text, reading, {
      label: this.say("text.n", { n: index + 1 }),
      isOpen: open.has(text.id),
      onOpen: (isOpen) => (isOpen ? open.add(text.id) : open.delete(text.id)),
    });
    element.addEventListener("click", () => this.#mark(text.id, "stay"));
    return element;
  }

  /** @type {import("./groupbox.js").Actions} */
  #actions = {
    put: (key) => this.place(this.focus, key, "reveal"),
    rename: (key, name) => {
      const group = this.groups.list.find((one) => one.key === key);
      if (group) group.name = name;
      this.show("stay");
      this.#report();
    },
    empty: (key) => this.#edit(() => this.groups.empty(key)),
    remove: (key) => this.#edit(() => this.groups.remove(key)),
    merge: (key, into) =>
      this.#edit(() => {
        this.groups.merge(key, into);
        if (!this.isFixed) this.groups.remove(key);
      }),
  };

  /** @param {() => void} change */
  #edit(change) {
    change();
    if (!this.focus || this.groups.of.has(this.focus)) this.focus = this.groups.unplaced[0] ?? this.focus;
    this.show("reveal");
    this.#report();
  }

  /**
   * Puts a text into a group, or out of every one; the mark goes on to the next text that is in none. While something
   * is searched for it stays among what was found: nothing else is put there unseen.
   * @param {string | null} id
   * @param {number | null} key
   * @param {Sight} sight
   */
  place(id, key, sight) {
    if (!id) return;
    if (key === null) this.groups.of.delete(id);
    else this.groups.of.set(id, (this.#last = key));
    const { ids } = this.groups;
    const unplaced = this.groups.unplaced.filter((one) => this.search.finds(one));
    const isLater = (/** @type {string} */ other) => ids.indexOf(other) > ids.indexOf(id);
    this.focus = key === null ? id : (unplaced.find(isLater) ?? unplaced[0] ?? id);
    this.show(sight);
    this.#tell(id);
    this.#report();
  }

  /** For those who do not see it: where a text is now. @param {string} id */
  #tell(id) {
    const name = this.groups.list.find(({ key }) => key === this.groups.of.get(id))?.name;
    const text = this.say("text.n", { n: this.groups.ids.indexOf(id) + 1 });
    const where = `${text}: ${name ?? this.say("clustering.left")}`;
    this.layout.heard.textContent = `${where}. ${this.say("clustering.left.count", { n: this.groups.unplaced.length })}`;
  }

  /**
   * @param {string | null} id
   * @param {Sight} sight
   */
  #mark(id, sight) {
    this.focus = id;
    if (id && sight !== "stay") this.#boxes.get(this.groups.of.get(id) ?? 0)?.open(true);
    mark(this.cards.values(), id, sight);
  }

  /** @param {Sight} sight */
  show(sight) {
    keepingFocus(this.layout.area, () => this.#lay());
    mark(this.cards.values(), this.focus, sight);
    this.#judge();
  }

  #lay() {
    const { groups } = this;
    const elementOf = (/** @type {string} */ id) => /** @type {HTMLElement} */ (this.cards.get(id));
    for (const key of this.#boxes.keys()) if (!groups.list.some((group) => group.key === key)) this.#boxes.delete(key);
    const boxes = groups.list.map((group) => {
      const box =
        this.#boxes.get(group.key) ??
        new GroupBox(group, { say: this.say, isFixed: this.isFixed, actions: this.#actions });
      this.#boxes.set(group.key, box);
      return box;
    });
    arrange(
      this.layout.list,
      boxes.map(({ element }) => element),
    );
    boxes.forEach((box, index) =>
      box.show(GROUP_KEYS[index] ?? "", groups.textsOf(box.group.key).map(elementOf), groups.list),
    );
    arrange(this.layout.left, groups.unplaced.map(elementOf));
    this.layout.leftCount.textContent = String(groups.unplaced.length);
    this.layout.area.classList.toggle("all-placed", !groups.unplaced.length);
  }

  #judge() {
    const { sameName, hasNoName, unplaced } = this.groups;
    this.layout.done.disabled = unplaced.length > 0 || sameName !== null || hasNoName;
    const { say } = this;
    if (sameName !== null) this.layout.message.textContent = say("clustering.same-name", { name: sameName });
    else if (hasNoName) this.layout.message.textContent = say("clustering.no-name");
    else if (!unplaced.length) this.layout.message.textContent = say("clustering.left.none");
    else
      this.layout.message.textContent =
        unplaced.length === 1 && this.layout.byKey.checked ? say("clustering.last") : "";
  }

  get held() {
    return { ...this.groups.held, focus: this.focus };
  }

  #report() {
    this.#judge();
    this.onChange(this.held);
  }

  complete() {
    this.#judge();
    if (!this.layout.done.disabled) this.onComplete(this.groups.payload);
  }

  /** The box under a point: a group, the texts to place, or the one that makes a new group. */
  #boxAt(/** @type {number} */ x, /** @type {number} */ y) {
    const under = /** @type {ShadowRoot} */ (this.layout.area.getRootNode()).elementFromPoint(x, y);
    const box = under?.closest("[data-group], .new-group");
    return box instanceof HTMLElement && this.layout.area.contains(box) ? box : null;
  }

  #listenToDrags() {
    const aim = (/** @type {HTMLElement | null} */ box) => {
      this.layout.area.querySelectorAll(".target").forEach((one) => one !== box && one.classList.remove("target"));
      box?.classList.add("target");
    };
    return dragging(this.layout.area, {
      card: ".candidate",
      handle: ".handle",
      onMove: (_dragged, x, y) => aim(this.#boxAt(x, y)),
      onDrop: (dragged, x, y) => {
        aim(null);
        const box = this.#boxAt(x, y);
        if (!box) return;
        const { group } = box.dataset;
        const key = box === this.layout.more ? this.groups.add().key : group === "none" ? null : Number(group);
        this.place(dragged.dataset.id ?? null, key, "reveal");
      },
      onCancel: () => aim(null),
    });
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean}
   */
  key(event) {
    const { list } = this.groups;
    const index = choice(event, this.isFixed ? list.length : list.length + 1, GROUP_KEYS);
    const isNew = (digit(event) === 0 || letter(event) === "n") && !this.isFixed;
    const step = arrow(event);
    if (index !== null || isNew) this.#placeByKey((list[index ?? -1] ?? null)?.key ?? null);
    else if (step) this.#mark(this.#neighbour(step), "follow");
    else if (searches(event)) this.search.open();
    else if (event.key === "Escape") return this.#closeMenus() || this.#stopSearch();
    else if (event.key === " " && this.focus) return toggleCard(this.cards.get(this.focus));
    else if (letter(event) === "r") return this.#rename();
    else if (event.key === "Delete") this.place(this.focus, null, "follow");
    else if (event.key === "Enter") this.complete();
    else return digit(event) !== null;
    return true;
  }

  /** @param {number | null} key null: a new group */
  #placeByKey(key) {
    if (!this.focus) return;
    const isLast = this.groups.unplaced.length === 1 && this.groups.unplaced[0] === this.focus;
    this.place(this.focus, key ?? this.groups.add().key, "follow");
    if (isLast && this.layout.byKey.checked) this.complete();
  }

  #rename() {
    const box = this.#boxes.get(this.groups.of.get(this.focus ?? "") ?? this.#last) ?? [...this.#boxes.values()].at(-1);
    box?.name.focus();
    box?.name.select();
    return box !== undefined;
  }

  #stopSearch() {
    const wasOn = this.search.isOn;
    this.view.wanted = "";
    this.search.set("");
    return wasOn;
  }

  /** Closes the menus of the groups, but not one that has `inside`; whether any was open. @param {Node} [inside] */
  #closeMenus(inside) {
    const open = [...this.layout.area.querySelectorAll("details[open]")].filter(
      (menu) => !inside || !menu.contains(inside),
    );
    for (const menu of open) menu.removeAttribute("open");
    return open.length > 0;
  }

  /** The texts in the order in which the board shows them. */
  #shown() {
    return [...this.layout.area.querySelectorAll(".candidate")].map(
      (one) => /** @type {HTMLElement} */ (one).dataset.id ?? "",
    );
  }

  #firstFound() {
    return this.#shown().find((id) => this.search.finds(id)) ?? null;
  }

  /** The text before or after the marked one; while something is searched for, among what was found. */
  #neighbour(/** @type {number} */ step) {
    const shown = this.#shown().filter((id) => id === this.focus || this.search.finds(id));
    const at = shown.indexOf(this.focus ?? "");
    return shown[Math.max(0, Math.min(shown.length - 1, at + step))] ?? null;
  }
}
