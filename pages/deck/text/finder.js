/** Finds words in a long text: each place is marked, and scrolled to one after the other. */
import { el, reveal } from "../dom.js";

/** More places than these are counted, not marked. */
const MOST_MARKS = 2000;

/** What goes on from one text to the next, by its box. @type {WeakMap<Element, (wanted: string, by: number) => boolean>} */
const finders = new WeakMap();

/** The marks are ranges over the text, which stays as it is. @type {Record<"found" | "here", Highlight | null>} */
const marks = { found: highlight("deck-found"), here: highlight("deck-here") };

function highlight(/** @type {string} */ name) {
  if (typeof Highlight === "undefined") return null; // there the place is selected instead
  const made = new Highlight();
  CSS.highlights.set(name, made);
  return made;
}

/** Takes all marks away. */
export function unmark() {
  marks.found?.clear();
  marks.here?.clear();
}

/**
 * Where `wanted` stands in `text`: [start, end) each. Upper and lower case are the same, and so are letters with and
 * without the marks above and below them that Arabic and Hebrew may leave out.
 * @param {string} text
 * @param {string} wanted
 * @returns {[number, number][]}
 */
export function places(text, wanted) {
  const letters = [...wanted.trim().replace(/\s+/g, " ")].map((one) => one.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
  if (!letters.length) return [];
  const pattern = new RegExp(letters.map((one) => (one === " " ? "\\s+" : `${one}\\p{M}*`)).join(""), "giu");
  return [...text.matchAll(pattern)].map((found) => [found.index, found.index + found[0].length]);
}

/**
 * Marks places in a block.
 * @param {Element} block
 * @param {[number, number][]} found ascending
 * @returns {Range[]}
 */
export function markPlaces(block, found) {
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  let before = 0; // characters of the text before the walker's node
  const move = (/** @type {number} */ offset) => {
    while (walker.currentNode === block || offset > before + (walker.currentNode.nodeValue?.length ?? 0)) {
      if (walker.currentNode !== block) before += walker.currentNode.nodeValue?.length ?? 0;
      if (!walker.nextNode()) break;
    }
    return offset - before;
  };
  const ranges = found.slice(0, MOST_MARKS).map(([start, end]) => {
    const range = document.createRange();
    const from = move(start);
    range.setStart(walker.currentNode, from);
    const to = move(end);
    range.setEnd(walker.currentNode, to);
    return range;
  });
  for (const range of ranges) marks.found?.add(range);
  return ranges;
}

/**
 * @param {HTMLElement} block
 * @param {{say: import("../contract").Say, label: string}} options
 */
export function finder(block, { say, label }) {
  /** @type {Range[]} */
  let ranges = [];
  let total = 0;
  let at = -1;
  const input = el("input", {
    type: "search",
    dir: "auto",
    "aria-label": `${say("text.find")}: ${label}`,
    "aria-keyshortcuts": "/",
    placeholder: say("text.find"),
  });
  const count = el("span", { class: "muted", role: "status" });
  const step = (/** @type {string} */ name, /** @type {string} */ sign, /** @type {number} */ by) =>
    el(
      "button",
      { type: "button", class: "tool", "aria-label": say(name), title: say(name), onclick: () => go(by) },
      sign,
    );
  const ways = [step("text.find.previous", "↑", -1), step("text.find.next", "↓", 1)];

  function search() {
    unmark();
    const found = places(block.textContent ?? "", input.value);
    total = found.length;
    ranges = markPlaces(block, found);
    at = -1;
    if (total) to(0);
    else show();
  }

  /** To the next place, after the last one in the next text that has the words; round all of them. */
  function go(/** @type {number} */ by) {
    const next = at + by;
    if (ranges[next]) to(next);
    else if (!goOn(element, input.value, by) && ranges.length) to((next + ranges.length) % ranges.length);
  }

  /** Comes from another text; false where the words are not in this one. */
  function enter(/** @type {string} */ wanted, /** @type {number} */ by) {
    if (!places(block.textContent ?? "", wanted).length) return false;
    input.value = wanted;
    search();
    to(by > 0 ? 0 : ranges.length - 1);
    reveal(element.closest(".card") ?? element);
    input.focus({ preventScroll: true });
    return true;
  }

  function to(/** @type {number} */ place) {
    at = place;
    scrollTo(block, ranges[at]);
    show();
  }

  function show() {
    const isEmpty = !input.value.trim();
    for (const way of ways) way.disabled = isEmpty;
    count.textContent = isEmpty ? "" : total ? say("text.find.count", { at: at + 1, total }) : say("text.find.none");
  }

  input.addEventListener("input", search);
  input.addEventListener("keydown", (event) => event.key === "Enter" && go(event.shiftKey ? -1 : 1));
  show();
  const element = el("div", { class: "find", role: "search" }, input, count, ...ways);
  finders.set(element, enter);
  return element;
}

/**
 * Goes on in the texts of the item after one's own, or before it; false where no other has the words.
 * @param {Element} own
 * @param {string} wanted
 * @param {number} by
 */
function goOn(own, wanted, by) {
  const all = [...(own.closest(".form")?.querySelectorAll(".find") ?? [])];
  const at = all.indexOf(own);
  const others = [...all.slice(at + 1), ...all.slice(0, at)];
  if (by < 0) others.reverse();
  return others.some((one) => finders.get(one)?.(wanted, by));
}

/**
 * Goes to the box of the text that has the focus, else of the one that is marked, else to the first one; false where
 * no text has one.
 * @param {HTMLElement} area
 */
export function toFinder(area) {
  const { activeElement } = /** @type {Document | ShadowRoot} */ (area.getRootNode());
  const within = activeElement?.closest(".card, .query, .reader");
  const box = ".find input";
  const input = within?.querySelector(box) ?? area.querySelector(`.marked ${box}`) ?? area.querySelector(box);
  if (!(input instanceof HTMLInputElement)) return false;
  input.focus();
  input.select();
  return true;
}

/**
 * @param {HTMLElement} block
 * @param {Range} range
 */
function scrollTo(block, range) {
  marks.here?.clear();
  if (marks.here) marks.here.add(range);
  else getSelection()?.setBaseAndExtent(range.startContainer, range.startOffset, range.endContainer, range.endOffset);
  const { top } = range.getBoundingClientRect();
  block.scrollTop += top - block.getBoundingClientRect().top - block.clientHeight / 3;
}
