/** One group on the board: its key, its name, its texts, and what can be done with all of them. */
import { arrange, el, keycap, reveal } from "../dom.js";

/** @typedef {import("./groups.js").Group} Group */
/**
 * @typedef {{put: (key: number) => void, rename: (key: number, name: string) => void, empty: (key: number) => void,
 *   remove: (key: number) => void, merge: (key: number, into: number) => void}} Actions
 */

/** What does something of its own when it is clicked; anywhere else a click puts the marked text into the group. */
const ACTS_BY_ITSELF = "button, input, details, select, .candidate";

export class GroupBox {
  /**
   * @param {Group} group
   * @param {{say: import("../contract").Say, isFixed: boolean, actions: Actions}} board
   */
  constructor(group, { say, isFixed, actions }) {
    this.group = group;
    this.say = say;
    this.isFixed = isFixed;
    this.actions = actions;
    this.key = el("button", {
      type: "button",
      class: "group-key",
      title: say("clustering.drop"),
    });
    this.name = el("input", { type: "text", class: "group-name", dir: "auto", maxlength: "200" });
    this.name.value = group.name;
    // On a phone the board shows the groups without their texts: the count opens and closes one.
    this.count = el("button", {
      type: "button",
      class: "count",
      "aria-expanded": "false",
      onclick: () => this.open(!this.element.classList.contains("open")),
    });
    this.menu = el("details", { class: "menu" });
    this.menu.addEventListener("toggle", () => this.menu.open && reveal(this.menu.querySelector(".menu-items")));
    this.texts = el("div", { class: "cards" });
    this.element = el(
      "section",
      { class: "group", "data-group": String(group.key) },
      el("div", { class: "group-head" }, this.key, this.name, this.count, this.menu),
      this.texts,
    );
    this.name.addEventListener("input", () => actions.rename(group.key, this.name.value));
    this.name.addEventListener("keydown", (event) => event.key === "Enter" && this.name.blur());
    this.element.addEventListener("click", (event) => {
      const within = event.composedPath().slice(0, event.composedPath().indexOf(this.element));
      const hit = within.find((node) => /** @type {Element} */ (node).matches(ACTS_BY_ITSELF));
      if (!hit || hit === this.key) actions.put(group.key);
    });
  }

  /** @param {boolean} isOpen */
  open(isOpen) {
    this.element.classList.toggle("open", isOpen);
    this.count.setAttribute("aria-expanded", String(isOpen));
  }

  /**
   * @param {string} key its key on the keyboard, or ""
   * @param {HTMLElement[]} texts
   * @param {Group[]} all
   */
  show(key, texts, all) {
    const { say, group } = this;
    this.key.replaceChildren(key ? keycap(key) : "+");
    this.key.setAttribute("aria-label", `${say("clustering.drop")}: ${group.name}`);
    if (key) this.key.setAttribute("aria-keyshortcuts", key);
    this.name.setAttribute("aria-label", say("clustering.name", { key: key.toUpperCase() }));
    this.element.setAttribute("aria-label", group.name);
    this.count.textContent = String(texts.length);
    this.count.setAttribute("aria-label", say("clustering.count", { n: texts.length }));
    arrange(this.texts, texts);
    this.#showMenu(
      texts.length,
      all.filter((other) => other.key !== group.key),
    );
  }

  /**
   * @param {number} count
   * @param {Group[]} others
   */
  #showMenu(count, others) {
    const { say, group, actions } = this;
    const item = (/** @type {string} */ name, /** @type {() => void} */ act) =>
      el("button", { type: "button", class: "tool", onclick: act }, say(name));
    const into = el(
      "select",
      { "aria-label": say("clustering.merge") },
      el("option", { value: "" }, say("clustering.merge")),
      ...others.map((other) => el("option", { value: String(other.key) }, other.name)),
    );
    into.addEventListener("change", () => into.value && actions.merge(group.key, Number(into.value)));
    this.menu.open = false;
    this.menu.replaceChildren(
      el("summary", { "aria-label": say("clustering.more", { name: group.name }) }, "⋯"),
      el(
        "div",
        { class: "menu-items" },
        count && others.length ? into : null,
        count ? item("clustering.empty", () => actions.empty(group.key)) : null,
        this.isFixed ? null : item("clustering.remove", () => actions.remove(group.key)),
      ),
    );
  }
}
