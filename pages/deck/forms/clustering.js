/**
 * Which texts belong together. A board: the texts to place, and the groups that the annotator makes and names.
 * Payload: `{"groups": {"t1": "Group 1"}}`, every text.
 */
import { el, keycap } from "../dom.js";
import { CHOICE_KEYS, choice, digit, letter } from "../keys.js";
import { arrow, card, mark } from "../parts/cards.js";
import { dragging } from "../parts/drag.js";
import { GroupBox } from "../parts/groupbox.js";
import { Groups } from "../parts/groups.js";

/** Keys of the groups: `n` makes a new one. */
const GROUP_KEYS = CHOICE_KEYS.filter((key) => key !== "n");

/**
 * @param {HTMLElement} root
 * @param {import("../contract").FormContext} context
 * @returns {import("../contract").MountedForm}
 */
export function mount(root, { content, order, settings, draft, lang, say, onChange, onComplete }) {
  /** @type {{id: string, content: import("../contract").Content}[]} */
  const texts = [...content.texts].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  const groups = new Groups(
    texts.map(({ id }) => id),
    (n) => say("clustering.default", { n }),
  );
  const isFixed = Boolean(settings.n_groups);
  groups.restore(draft);
  while (isFixed && groups.list.length < settings.n_groups) groups.add();
  /** @type {string | null} */
  let focus = draft?.focus ?? groups.unplaced[0] ?? null;

  const cards = new Map(
    texts.map((text, index) => {
      const element = card(text, { lang, label: say("text.n", { n: index + 1 }), empty: say("text.empty") });
      element.prepend(
        el(
          "div",
          { class: "handle", title: say("reranking.drag"), "aria-hidden": "true" },
          el("span", { class: "grip" }),
        ),
      );
      element.addEventListener("click", () => setFocus(text.id, false));
      return [text.id, element];
    }),
  );
  /** @type {Map<number, GroupBox>} */
  const boxes = new Map();
  const left = el("div", { class: "cards" });
  const leftCount = el("span", { class: "count", role: "status" });
  const board = el("div", { class: "groups" });
  const message = el("p", { class: "message", role: "status" });
  const done = el(
    "button",
    { type: "button", class: "primary", "aria-keyshortcuts": "Enter", onclick: () => complete() },
    say("done"),
    keycap("Enter"),
  );
  const more = el(
    "button",
    { type: "button", class: "new-group", "aria-keyshortcuts": "N", onclick: () => place(focus, groups.add().key) },
    el("span", {}, `+ ${say("clustering.new")}`),
    keycap("N"),
  );
  more.hidden = isFixed;
  const area = el(
    "div",
    { class: "board" },
    el(
      "section",
      { class: "to-place", "aria-label": say("clustering.left"), "data-group": "none" },
      el("h2", { class: "eyebrow" }, say("clustering.left"), leftCount),
      left,
    ),
    el("div", { class: "placed" }, board, more),
  );
  root.append(
    el("p", { class: "question" }, say("clustering.question")),
    area,
    el("div", { class: "finish" }, message, done),
  );

  const actions = {
    put: (/** @type {number} */ key) => place(focus, key),
    rename(/** @type {number} */ key, /** @type {string} */ name) {
      const group = groups.list.find((one) => one.key === key);
      if (group) group.name = name;
      report();
    },
    empty: (/** @type {number} */ key) => edit(() => groups.empty(key)),
    remove: (/** @type {number} */ key) => edit(() => groups.remove(key)),
    merge: (/** @type {number} */ key, /** @type {number} */ into) =>
      edit(() => {
        groups.merge(key, into);
        if (!isFixed) groups.remove(key);
      }),
  };

  function edit(/** @type {() => void} */ change) {
    change();
    if (!focus || groups.of.has(focus)) focus = groups.unplaced[0] ?? focus;
    show();
    report();
  }

  /** Puts a text into a group; the mark goes on to the next text that is in none. */
  function place(/** @type {string | null} */ id, /** @type {number | null} */ key) {
    if (id && key !== null) groups.of.set(id, key);
    else if (id) groups.of.delete(id);
    const { unplaced, ids } = groups;
    const isLater = (/** @type {string} */ other) => ids.indexOf(other) > ids.indexOf(id ?? "");
    focus = key === null ? id : (unplaced.find(isLater) ?? unplaced[0] ?? id);
    show();
    report();
  }

  function setFocus(/** @type {string | null} */ id, scroll = true) {
    focus = id;
    mark(cards.values(), focus, scroll);
  }

  function show(scroll = true) {
    for (const [key, box] of boxes)
      if (!groups.list.some((group) => group.key === key)) boxes.delete(key) && box.element.remove();
    groups.list.forEach((group, index) => {
      const box = boxes.get(group.key) ?? new GroupBox(group, { say, isFixed, actions });
      boxes.set(group.key, box);
      if (board.children[index] !== box.element) board.insertBefore(box.element, board.children[index] ?? null);
      box.show(GROUP_KEYS[index] ?? "", groups.textsOf(group.key).map(elementOf), groups.list);
    });
    left.replaceChildren(...groups.unplaced.map(elementOf));
    leftCount.textContent = String(groups.unplaced.length);
    area.classList.toggle("all-placed", !groups.unplaced.length);
    mark(cards.values(), focus, scroll);
    judge();
  }

  const elementOf = (/** @type {string} */ id) => /** @type {HTMLElement} */ (cards.get(id));

  function judge() {
    const { sameName, hasNoName, unplaced } = groups;
    done.disabled = unplaced.length > 0 || sameName !== null || hasNoName;
    message.textContent =
      sameName !== null
        ? say("clustering.same-name", { name: sameName })
        : hasNoName
          ? say("clustering.no-name")
          : unplaced.length
            ? ""
            : say("clustering.left.none");
  }

  const held = () => ({ ...groups.held, focus });

  function report() {
    judge();
    onChange(held());
  }

  function complete() {
    judge();
    if (!done.disabled) onComplete(groups.payload);
  }

  /** The group under a point: its key, null for the texts to place, undefined elsewhere. */
  function groupAt(/** @type {number} */ x, /** @type {number} */ y) {
    const under = /** @type {ShadowRoot} */ (root.getRootNode()).elementFromPoint(x, y);
    const box = /** @type {HTMLElement | null} */ (under?.closest("[data-group], .new-group") ?? null);
    if (!box) return undefined;
    if (box === more) return groups.add().key;
    return box.dataset.group === "none" ? null : Number(box.dataset.group);
  }

  const stopDragging = dragging(area, {
    card: ".candidate",
    handle: ".handle",
    onMove(_dragged, x, y) {
      const under = /** @type {ShadowRoot} */ (root.getRootNode())
        .elementFromPoint(x, y)
        ?.closest("[data-group], .new-group");
      area.querySelectorAll(".target").forEach((box) => box.classList.toggle("target", box === under));
      under?.classList.add("target");
    },
    onDrop(dragged, x, y) {
      area.querySelectorAll(".target").forEach((box) => box.classList.remove("target"));
      const key = groupAt(x, y);
      if (key !== undefined) place(dragged.dataset.id ?? null, key);
    },
    onCancel: () => area.querySelectorAll(".target").forEach((box) => box.classList.remove("target")),
  });

  show(false);
  return {
    key(event) {
      const count = groups.list.length;
      const index = choice(event, isFixed ? count : count + 1, GROUP_KEYS);
      const step = arrow(event);
      if (index !== null && focus) place(focus, (groups.list[index] ?? groups.add()).key);
      else if ((digit(event) === 0 || letter(event) === "n") && focus && !isFixed) place(focus, groups.add().key);
      else if (step) setFocus(nextOnScreen(step));
      else if (event.key === "Delete" && focus) place(focus, null);
      else if (event.key === "Enter") complete();
      else return digit(event) !== null;
      return true;
    },
    draft: held,
    destroy: stopDragging,
  };

  /** The text before or after the marked one, in the order in which the board shows them. */
  function nextOnScreen(/** @type {number} */ step) {
    const shown = [...area.querySelectorAll(".candidate")].map(
      (element) => /** @type {HTMLElement} */ (element).dataset.id ?? "",
    );
    const at = shown.indexOf(focus ?? "");
    return shown[Math.max(0, Math.min(shown.length - 1, at + step))] ?? null;
  }
}

/**
 * @param {Record<string, any>} settings
 * @param {import("../contract").Say} say
 * @returns {[string, string][]}
 */
export function help(settings, say) {
  /** @type {[string, string][]} */
  const keys = [
    ["1–9", say("clustering.key.group")],
    ["0 N", say("clustering.key.new")],
    ["↑ ↓", say("clustering.key.focus")],
    ["Del", say("clustering.key.out")],
    ["Enter", say("clustering.key.enter")],
  ];
  return settings.n_groups ? keys.filter(([key]) => key !== "0 N") : keys;
}
