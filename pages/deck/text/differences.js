/** Which words of two texts differ: those that a longest common subsequence of their words leaves out. */
import { el } from "../dom.js";

/** @typedef {{text: string, differs: boolean}} Piece */

/** A table of more cells than this takes longer than a frame: then the order of the words is left out of account. */
const MOST_CELLS = 1_000_000;

/**
 * The pieces of both texts, in order; together they are the texts. Upper and lower case are the same; spaces and
 * punctuation differ only between two words that do.
 * @param {string} first
 * @param {string} second
 * @param {string} lang BCP 47, or ""
 * @returns {[Piece[], Piece[]]}
 */
export function differences(first, second, lang) {
  const segmenter = new Intl.Segmenter(lang || undefined, { granularity: "word" });
  const segments = [first, second].map((text) => [...segmenter.segment(text)]);
  const [a, b] = segments.map((all) => all.filter((one) => one.isWordLike).map((one) => sameAs(one.segment, lang)));
  const common = a.length * b.length > MOST_CELLS ? inBoth(a, b) : inOrder(a, b);
  return [pieces(segments[0], common[0]), pieces(segments[1], common[1])];
}

/**
 * @param {string} word
 * @param {string} lang
 */
const sameAs = (word, lang) => word.normalize("NFC").toLocaleLowerCase(lang || undefined);

/**
 * Whether each word belongs to the longest common subsequence (Wagner and Fischer's table, from the ends).
 * @param {string[]} a
 * @param {string[]} b
 * @returns {[boolean[], boolean[]]}
 */
function inOrder(a, b) {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1] + 1
          : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
  /** @type {[boolean[], boolean[]]} */
  const common = [a.map(() => false), b.map(() => false)];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) common[0][i++] = common[1][j++] = true;
    else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) i += 1;
    else j += 1;
  }
  return common;
}

/**
 * Whether each word stands anywhere in the other text.
 * @param {string[]} a
 * @param {string[]} b
 * @returns {[boolean[], boolean[]]}
 */
function inBoth(a, b) {
  const [inA, inB] = [new Set(a), new Set(b)];
  return [a.map((word) => inB.has(word)), b.map((word) => inA.has(word))];
}

/**
 * @param {Intl.SegmentData[]} segments
 * @param {boolean[]} common whether each word is common
 * @returns {Piece[]}
 */
function pieces(segments, common) {
  let word = 0;
  const differs = segments.map(({ isWordLike }) => (isWordLike ? !common[word++] : null));
  /** @type {Piece[]} */
  const joined = [];
  segments.forEach(({ segment }, index) => {
    const between = Boolean(differs[index - 1] && differs[index + 1] && /^\s+$/.test(segment));
    const differing = differs[index] ?? between;
    const last = joined.at(-1);
    if (last && last.differs === differing) last.text += segment;
    else joined.push({ text: segment, differs: differing });
  });
  return joined;
}

/**
 * Shows a text with what differs marked, or as it was.
 * @param {HTMLElement} block
 * @param {Piece[]} all
 * @param {boolean} isMarked
 */
export function showPieces(block, all, isMarked) {
  const text = all.map((piece) => piece.text).join("");
  if (!text.trim()) return;
  const nodes = all.map((piece) => (piece.differs ? el("mark", { class: "differs" }, piece.text) : piece.text));
  block.replaceChildren(...(isMarked ? nodes : [text]));
}
