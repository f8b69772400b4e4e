/** A list of cards of which one has the focus of the keys: what graded, ranked and clustering have in common. */
import { el, reveal } from "../dom.js";

let made = 0;

/**
 * A text as a card, named by `label` and described, to screen readers, by its text. `parts` are put after it.
 * @param {string} id
 * @param {{element: HTMLElement, block: HTMLElement}} text
 * @param {{label: string, role: string}} options
 * @param {...(Node | null)} parts
 */
export function card(id, { element, block }, { label, role }, ...parts) {
  block.id = `text-${++made}`;
  return el(
    "div",
    { class: "card candidate", role, "data-id": id, "aria-label": label, "aria-describedby": block.id },
    element,
    ...parts,
  );
}

/**
 * Marks one of the cards as the one that keys are meant for. It alone is in reach of Tab.
 * @param {Iterable<HTMLElement>} cards
 * @param {string | null} id
 * @param {"follow" | "reveal" | "stay"} [sight] `follow`: the mark was moved by a key, so that the focus goes with it
 *   and screen readers read the card out; `reveal`: it is brought into sight alone
 */
export function mark(cards, id, sight = "reveal") {
  for (const one of cards) {
    const isMarked = one.dataset.id === id;
    one.classList.toggle("marked", isMarked);
    one.setAttribute("tabindex", isMarked ? "0" : "-1");
    if (isMarked) one.setAttribute("aria-current", "true");
    else one.removeAttribute("aria-current");
    if (!isMarked || sight === "stay") continue;
    if (sight === "follow") one.focus({ preventScroll: true });
    reveal(one);
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
