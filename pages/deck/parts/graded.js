/** Reranking by grades: one digit a candidate, and the last missing one completes the answer. */
import { el, keycap } from "../dom.js";
import { digit } from "../keys/keys.js";
import { reader } from "../text/passage.js";
import { arrow, card, mark } from "./cards.js";

/** @typedef {{grades: Record<string, number>, ranking: string[][] | null, focus: string | null}} Held */
/**
 * @typedef {{candidates: import("../forms/reranking.js").Candidate[], settings: Record<string, any>,
 *   reading: import("../text/passage.js").Reading, say: import("../contract").Say, held: Held, onChange: () => void,
 *   onComplete: (payload: any) => void}} Parts
 */

/**
 * @param {HTMLElement} root
 * @param {Parts} parts
 */
export function graded(root, { candidates, settings, reading, say, held, onChange, onComplete }) {
  const ids = candidates.map(({ id }) => id);
  const isMissing = (/** @type {string} */ id) => held.grades[id] === undefined;
  if (!held.focus || !ids.includes(held.focus)) held.focus = ids.find(isMissing) ?? ids[0];

  const labels = ids.map((_, index) => say("reranking.candidate", { n: index + 1 }));
  const cards = candidates.map(({ id, content }, index) => {
    const label = labels[index];
    const text = reader(content, { ...reading, label });
    const element = card(id, text, { label, role: "group" }, gradeButtons(id, label));
    element.addEventListener("click", () => focus(id, "stay"));
    element.querySelector(".find input")?.addEventListener("focus", () => focus(id, "stay"));
    return element;
  });
  const left = el("span", { class: "muted", role: "status" });
  const done = el(
    "button",
    { type: "button", class: "primary", "aria-keyshortcuts": "Enter", onclick: () => complete() },
    say("done"),
    keycap("Enter"),
  );
  root.replaceChildren(el("div", { class: "cards graded" }, ...cards), el("div", { class: "finish" }, left, done));

  function gradeButtons(/** @type {string} */ id, /** @type {string} */ label) {
    return el(
      "div",
      { class: "grades", role: "group", "aria-label": label },
      ...settings.grades.map((/** @type {string} */ name, /** @type {number} */ grade) =>
        el(
          "button",
          {
            type: "button",
            class: "choice grade",
            "aria-keyshortcuts": String(grade),
            onclick: (/** @type {Event} */ event) => {
              event.stopPropagation();
              set(id, grade, "reveal");
            },
          },
          keycap(String(grade)),
          el("span", { dir: "auto" }, name),
        ),
      ),
    );
  }

  /** @param {"follow" | "reveal" | "stay"} sight */
  function show(sight) {
    const missing = ids.filter(isMissing).length;
    left.textContent = missing ? say("reranking.left", { n: missing }) : "";
    done.disabled = missing > 0;
    cards.forEach((element, index) => {
      const grade = held.grades[ids[index]];
      element.classList.toggle("answered", grade !== undefined);
      element.setAttribute(
        "aria-label",
        `${labels[index]}: ${grade === undefined ? say("reranking.not-graded") : settings.grades[grade]}`,
      );
      element
        .querySelectorAll("button.grade")
        .forEach((button, value) => button.setAttribute("aria-pressed", String(grade === value)));
    });
    mark(cards, held.focus, sight);
  }

  function focus(/** @type {string} */ id, /** @type {"follow" | "stay"} */ sight) {
    held.focus = id;
    mark(cards, id, sight);
  }

  function set(/** @type {string} */ id, /** @type {number} */ grade, /** @type {"follow" | "reveal"} */ sight) {
    const wasLast = isMissing(id) && ids.filter(isMissing).length === 1;
    held.grades = { ...held.grades, [id]: grade };
    if (wasLast) return complete();
    const later = [...ids.slice(ids.indexOf(id) + 1), ...ids];
    held.focus = later.find(isMissing) ?? ids[Math.min(ids.indexOf(id) + 1, ids.length - 1)];
    show(sight);
    return onChange();
  }

  function complete() {
    if (!ids.some(isMissing)) onComplete({ grades: Object.fromEntries(ids.map((id) => [id, held.grades[id]])) });
  }

  show("stay");
  return {
    key(/** @type {KeyboardEvent} */ event) {
      const grade = digit(event);
      const step = arrow(event);
      if (grade !== null && held.focus) {
        if (grade < settings.grades.length) set(held.focus, grade, "follow");
      } else if (step) {
        focus(ids[Math.max(0, Math.min(ids.length - 1, ids.indexOf(held.focus ?? "") + step))], "follow");
      } else if (event.key === "Enter") complete();
      else return false;
      return true;
    },
    destroy() {},
  };
}
