/** A text on the board: a long one shows its first lines, and opens in place. */
import { el, reveal } from "../dom.js";
import { passage, textOf } from "../text/passage.js";
import { card } from "./cards.js";

/** Texts up to so many characters, in so many lines, are always shown whole. */
const BRIEF = 160;
const LINES = 4;

/** @param {string} text */
const isLong = (text) => text.length > BRIEF || text.split("\n").length > LINES;

/**
 * @param {{id: string, content: import("../contract").Content}} text
 * @param {import("../text/passage.js").Reading} reading
 * @param {{label: string, isOpen: boolean, onOpen: (isOpen: boolean) => void}} options
 */
export function boardCard({ id, content }, reading, { label, isOpen, onOpen }) {
  const block = passage(content, { ...reading, label });
  const { say } = reading;
  const handle = el(
    "div",
    { class: "handle", title: say("reranking.drag"), "aria-hidden": "true" },
    el("span", { class: "grip" }),
  );
  const element = card(id, { element: block, block }, { label, role: "group" });
  element.prepend(handle);
  if (!isLong(textOf(content))) return element;
  const opener = el("button", {
    type: "button",
    class: "tool opener",
    onclick: (/** @type {Event} */ event) => {
      event.stopPropagation();
      open(element.classList.contains("closed"));
      onOpen(!element.classList.contains("closed"));
    },
  });
  element.append(opener);
  open(isOpen);
  return element;

  function open(/** @type {boolean} */ isOpened) {
    element.classList.toggle("closed", !isOpened);
    opener.setAttribute("aria-expanded", String(isOpened));
    opener.setAttribute("aria-label", `${say("clustering.open")}: ${label}`);
    opener.title = say("clustering.open");
    if (!isOpened) block.scrollTop = 0;
    if (isOpened && element.isConnected) reveal(element);
  }
}

/**
 * Opens or closes a long text; false for a short one.
 * @param {HTMLElement | undefined} element
 */
export function toggleCard(element) {
  const opener = element?.querySelector(".opener");
  if (!(opener instanceof HTMLButtonElement)) return false;
  opener.click();
  return true;
}
