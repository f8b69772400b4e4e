/** Reranking by order: cards from best to worst, moved by drag, keys or buttons; what is seen is what is saved. */
import { el, keepingFocus, keycap } from "../dom.js";
import { reader } from "../text/passage.js";
import { arrow, card, mark } from "./cards.js";
import { dragging } from "./drag.js";
import { fromTiers, move, toggleTie, toTiers } from "./order.js";

/**
 * The order to begin with: the ranking so far, else by the grades given (those of one grade are tied, those of none
 * come last), else as the candidates are shown.
 * @param {import("./graded.js").Held} held
 * @param {string[]} ids
 */
function begin({ ranking, grades }, ids) {
  if (ranking) return fromTiers(ranking, ids);
  const given = [...new Set(Object.values(grades))].sort((a, b) => b - a);
  return fromTiers(
    given.map((grade) => ids.filter((id) => grades[id] === grade)),
    ids,
  );
}

/**
 * @param {HTMLElement} root
 * @param {import("./graded.js").Parts} parts
 */
export function ranked(root, { candidates, reading, say, held, onChange, onComplete }) {
  let rows = begin(
    held,
    candidates.map(({ id }) => id),
  );
  if (!rows.some(({ id }) => id === held.focus)) held.focus = rows[0].id;
  const cards = new Map(
    candidates.map((candidate, index) => {
      const label = say("reranking.candidate", { n: index + 1 });
      const text = reader(candidate.content, { ...reading, label });
      const element = card(candidate.id, text, { label, role: "listitem" }, controls(candidate.id));
      element.prepend(
        el(
          "div",
          { class: "handle", title: say("reranking.drag"), "aria-hidden": "true" },
          el("span", { class: "place" }),
          el("span", { class: "grip" }),
        ),
      );
      element.addEventListener("click", () => focus(candidate.id, "stay"));
      element.querySelector(".find input")?.addEventListener("focus", () => focus(candidate.id, "stay"));
      return [candidate.id, element];
    }),
  );
  const list = el("div", { class: "cards ranked", role: "list" }, ...cards.values());
  const done = el(
    "button",
    { type: "button", class: "primary", "aria-keyshortcuts": "Enter", onclick: () => complete() },
    say("done"),
    keycap("Enter"),
  );
  const message = el("p", { class: "message", role: "status" });
  root.replaceChildren(list, el("div", { class: "finish" }, message, done));

  function controls(/** @type {string} */ id) {
    const button = (/** @type {string} */ name, /** @type {string} */ sign, /** @type {() => void} */ act) =>
      el(
        "button",
        {
          type: "button",
          class: `tool ${name}`,
          "aria-label": say(`reranking.${name}`),
          title: say(`reranking.${name}`),
          onclick: act,
        },
        sign,
      );
    return el(
      "div",
      { class: "controls" },
      button("tie", "=", () => change(toggleTie(rows, id), id, "reveal")),
      button("up", "↑", () => step(id, -1, "reveal")),
      button("down", "↓", () => step(id, 1, "reveal")),
    );
  }

  /** @param {"follow" | "reveal" | "stay"} sight */
  function show(sight) {
    keepingFocus(list, () => lay());
    mark(cards.values(), held.focus, sight);
  }

  function lay() {
    let place = 0;
    rows.forEach(({ id, tied }, index) => {
      const element = /** @type {HTMLElement} */ (cards.get(id));
      if (list.children[index] !== element) list.insertBefore(element, list.children[index]);
      if (!tied) place = index + 1;
      element.classList.toggle("tied", tied);
      /** @type {HTMLElement} */ (element.querySelector(".place")).textContent = String(place);
      element.setAttribute("aria-label", say(tied ? "reranking.place.tied" : "reranking.place", { place }));
      const [tie, up, down] = /** @type {NodeListOf<HTMLButtonElement>} */ (
        element.querySelectorAll(".controls button")
      );
      tie.setAttribute("aria-pressed", String(tied));
      tie.disabled = up.disabled = index === 0;
      down.disabled = index === rows.length - 1;
    });
  }

  function focus(/** @type {string} */ id, /** @type {"follow" | "stay"} */ sight) {
    held.focus = id;
    mark(cards.values(), id, sight);
  }

  /**
   * @param {import("./order.js").Row[]} changed
   * @param {string} id
   * @param {"follow" | "reveal"} sight
   */
  function change(changed, id, sight) {
    rows = changed;
    held.focus = id;
    held.ranking = toTiers(rows);
    show(sight);
    onChange();
  }

  const placeOf = (/** @type {string | null} */ id) => rows.findIndex((row) => row.id === id);

  function step(/** @type {string} */ id, /** @type {number} */ by, /** @type {"follow" | "reveal"} */ sight) {
    const to = placeOf(id) + by;
    if (to >= 0 && to < rows.length) change(move(rows, id, to), id, sight);
  }

  /** The order that a text happened to be shown in is nobody's judgment: it has to be meant. */
  function complete() {
    const isUntouched = rows.length > 1 && !held.ranking && !Object.keys(held.grades).length;
    if (isUntouched && !message.textContent) message.textContent = say("reranking.untouched");
    else onComplete({ ranking: toTiers(rows) });
  }

  /** Where a card would land: before the first of the others whose middle is below the pointer. */
  function landing(/** @type {HTMLElement} */ dragged, /** @type {number} */ y) {
    const others = rows
      .filter(({ id }) => id !== dragged.dataset.id)
      .map(({ id }) => /** @type {HTMLElement} */ (cards.get(id)));
    const below = others.findIndex((element) => {
      const { top, height } = element.getBoundingClientRect();
      return y < top + height / 2;
    });
    return below < 0 ? others.length : below;
  }

  const stopDragging = dragging(list, {
    card: ".candidate",
    handle: ".handle",
    onMove(dragged, _x, y) {
      const rest = rows.filter(({ id }) => id !== dragged.dataset.id);
      const before = rest[landing(dragged, y)];
      list.insertBefore(dragged, (before && cards.get(before.id)) ?? null);
    },
    onDrop(dragged) {
      const id = /** @type {string} */ (dragged.dataset.id);
      const to = [...list.children].indexOf(dragged);
      change(move(rows, id, to), id, "reveal");
    },
    onCancel: () => show("stay"),
  });

  show("stay");
  return {
    key(/** @type {KeyboardEvent} */ event) {
      const by = arrow(event);
      const id = /** @type {string} */ (held.focus);
      if (by) focus(rows[Math.max(0, Math.min(rows.length - 1, placeOf(id) + by))].id, "follow");
      else if (event.altKey && /^Arrow(Up|Down)$/.test(event.key)) step(id, event.key === "ArrowUp" ? -1 : 1, "follow");
      else if (event.key === "=") change(toggleTie(rows, id), id, "follow");
      else if (event.key === "Enter") complete();
      else return false;
      return true;
    },
    destroy: stopDragging,
  };
}
