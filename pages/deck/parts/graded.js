/** Reranking by grades: one digit a candidate, and the last missing one completes the answer. */
import { el, keycap } from "../dom.js";
import { digit } from "../keys.js";
import { arrow, card, mark } from "./cards.js";

/** @typedef {{grades: Record<string, number>, ranking: string[][] | null, focus: string | null}} Held */
/**
 * @typedef {{candidates: import("../forms/reranking.js").Candidate[], settings: Record<string, any>, lang: string,
 *   say: import("../contract").Say, held: Held, onChange: () => void, onComplete: (payload: any) => void}} Parts
 */

/**
 * @param {HTMLElement} root
 * @param {Parts} parts
 */
export function graded(root, { candidates, settings, lang, say, held, onChange, onComplete }) {
  const ids = candidates.map(({ id }) => id);
  const isMissing = (/** @type {string} */ id) => held.grades[id] === undefined;
  if (!held.focus || !ids.includes(held.focus)) held.focus = ids.find(isMissing) ?? ids[0];

  const cards = candidates.map((candidate, index) => {
    const label = say("reranking.candidate", { n: index + 1 });
    const element = card(candidate, { lang, label, empty: say("text.empty") }, gradeButtons(candidate.id, label));
    element.addEventListener("click", () => focus(candidate.id, false));
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
              set(id, grade);
            },
          },
          keycap(String(grade)),
          el("span", { dir: "auto" }, name),
        ),
      ),
    );
  }

  function show(scroll = true) {
    const missing = ids.filter(isMissing).length;
    left.textContent = missing ? say("reranking.left", { n: missing }) : "";
    done.disabled = missing > 0;
    cards.forEach((element, index) => {
      element.classList.toggle("answered", !isMissing(ids[index]));
      element
        .querySelectorAll("button")
        .forEach((button, grade) => button.setAttribute("aria-pressed", String(held.grades[ids[index]] === grade)));
    });
    mark(cards, held.focus, scroll);
  }

  function focus(/** @type {string} */ id, scroll = true) {
    held.focus = id;
    mark(cards, id, scroll);
  }

  function set(/** @type {string} */ id, /** @type {number} */ grade) {
    const wasLast = isMissing(id) && ids.filter(isMissing).length === 1;
    held.grades = { ...held.grades, [id]: grade };
    if (wasLast) return complete();
    const later = [...ids.slice(ids.indexOf(id) + 1), ...ids];
    held.focus = later.find(isMissing) ?? ids[Math.min(ids.indexOf(id) + 1, ids.length - 1)];
    show();
    return onChange();
  }

  function complete() {
    if (!ids.some(isMissing)) onComplete({ grades: Object.fromEntries(ids.map((id) => [id, held.grades[id]])) });
  }

  show(false);
  return {
    key(/** @type {KeyboardEvent} */ event) {
      const grade = digit(event);
      const step = arrow(event);
      if (grade !== null && held.focus) {
        if (grade < settings.grades.length) set(held.focus, grade);
      } else if (step) {
        focus(ids[Math.max(0, Math.min(ids.length - 1, ids.indexOf(held.focus ?? "") + step))]);
      } else if (event.key === "Enter") complete();
      else return false;
      return true;
    },
    destroy() {},
  };
}
