/** A text of an item: in its own direction and language, as it is; a long one scrolls in place and can be searched. */
import { el } from "../dom.js";
import { languageOf } from "./languages.js";
import { finder } from "./finder.js";

/** From so many characters on a text has a box to find words in it. */
const SEARCHABLE = 2000;

/**
 * @typedef {object} Reading how the texts of one item are read
 * @property {string[]} languages codes of the subset's languages, such as `ara-Arab`
 * @property {import("../contract").Say} say
 * @property {object} item the item's content: what was read of it is kept as long as this object lives
 */

/** How far each text was read, by item and text. @type {WeakMap<object, Map<string, number>>} */
const read = new WeakMap();

/** What is to be done once a passage has been laid out. @type {WeakMap<Element, () => void>} */
const onceLaidOut = new WeakMap();
/** @type {WeakMap<Element, string>} */
const names = new WeakMap();

/** Keeps those passages that scroll, and only those, in reach of Tab: they have a role and a name then. */
const laidOut = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (!target.isConnected) {
      laidOut.unobserve(target);
      continue;
    }
    onceLaidOut.get(target)?.();
    onceLaidOut.delete(target);
    const scrolls = target.scrollHeight > target.clientHeight + 1 && !target.closest(".closed");
    for (const [name, value] of Object.entries({ tabindex: "0", role: "group", "aria-label": names.get(target) ?? "" }))
      if (scrolls) target.setAttribute(name, value);
      else target.removeAttribute(name);
  }
});

/** @param {import("../contract").Content | string | undefined} content */
export const textOf = (content) => (typeof content === "string" ? content : (content?.text ?? ""));

/**
 * @param {import("../contract").Content | string | undefined} content
 * @param {Reading & {label: string}} options
 */
export function passage(content, { languages, label, say, item }) {
  const text = textOf(content);
  const block = el("div", { class: "passage", dir: "auto", lang: languageOf(text, languages) || null });
  names.set(block, label);
  if (text.trim()) block.textContent = text;
  else block.append(el("span", { class: "muted" }, say("text.empty")));
  const places = read.get(item) ?? new Map();
  read.set(item, places);
  block.addEventListener("scroll", () => block.isConnected && places.set(text, block.scrollTop), { passive: true });
  onceLaidOut.set(block, () => places.has(text) && (block.scrollTop = places.get(text) ?? 0));
  laidOut.observe(block);
  return block;
}

/**
 * A passage, with a box to find words where it is long.
 * @param {import("../contract").Content | string | undefined} content
 * @param {Reading & {label: string}} options
 */
export function reader(content, options) {
  const block = passage(content, options);
  if (textOf(content).length < SEARCHABLE) return { element: block, block };
  return { element: el("div", { class: "reader" }, finder(block, options), block), block };
}
