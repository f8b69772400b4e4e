/** A list of cards of which one has the focus of the keys: what graded, ranked and clustering have in common. */
import { el, passage, reveal } from "../dom.js";

/**
 * A text as a card. `parts` are put after it.
 * @param {{id: string, content: import("../contract").Content}} text
 * @param {{lang: string, label: string, empty: string}} options
 * @param {...(Node | null)} parts
 */
export function card({ id, content }, options, ...parts) {
  const body = passage(content, options);
  return el(
    "div",
    { class: "card candidate", role: "group", "data-id": id, "aria-label": options.label },
    body,
    ...parts,
  );
}

/**
 * Marks one of the cards as the one that keys are meant for.
 * @param {Iterable<HTMLElement>} cards
 * @param {string | null} id
 * @param {boolean} scroll whether to bring it into sight
 */
export function mark(cards, id, scroll = true) {
  for (const one of cards) {
    const isMarked = one.dataset.id === id;
    one.classList.toggle("marked", isMarked);
    one.setAttribute("aria-current", String(isMarked));
    if (isMarked && scroll) reveal(one);
  }
}

/**
 * How far an arrow key moves the mark: -1, 1, or 0 for every other key.
 * @param {KeyboardEvent} event
 */
export function arrow(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return 0;
  return { ArrowUp: -1, ArrowDown: 1 }[event.key] ?? 0;
}
