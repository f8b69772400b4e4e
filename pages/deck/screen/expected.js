/** What a practice item should have been answered, in words. Drawn by what the answer holds; texts are never markup. */
import { el } from "../dom.js";

/** @typedef {{content: Record<string, any>, settings: Record<string, any>, say: import("../contract").Say}} Ground */

/** Characters of a text that stands for itself in a list. */
const MOST = 90;

/** @param {string} text */
const brief = (text) => (text.length > MOST ? `${text.slice(0, MOST).trimEnd()} …` : text);

/**
 * @param {string} name
 * @param {string | undefined} meaning
 */
const named = (name, meaning) =>
  el("p", {}, el("strong", { dir: "auto" }, name), meaning ? el("span", { dir: "auto" }, ` – ${meaning}`) : null);

/**
 * A heading for each group of texts, and the texts under it.
 * @param {[string, string[]][]} groups
 */
const lists = (groups) =>
  el(
    "dl",
    {},
    ...groups.flatMap(([heading, texts]) => [
      el("dt", { dir: "auto" }, heading),
      ...texts.map((text) => el("dd", { dir: "auto" }, brief(text))),
    ]),
  );

/**
 * The texts of an item's parts by what the expected answer puts them into.
 * @param {{id: string, content: {text?: string}}[]} parts
 * @param {Record<string, any>} placed
 * @returns {Map<any, string[]>}
 */
function texts(parts, placed) {
  const found = new Map();
  for (const { id, content } of parts) {
    if (id in placed) found.set(placed[id], [...(found.get(placed[id]) ?? []), content.text ?? ""]);
  }
  return found;
}

/**
 * One way a kind of payload, by the field that it has.
 * @type {Record<string, (value: any, ground: Ground) => HTMLElement>}
 */
const WAYS = {
  score: (score, { settings }) => named(String(score), settings.anchors?.[String(score)]),
  label(label, { settings }) {
    const known = settings.labels?.find((/** @type {{name: string}} */ { name }) => name === label);
    return named(label, known?.description);
  },
  grades(grades, { content, settings }) {
    const byGrade = [...texts(content.candidates, grades)].sort(([first], [second]) => second - first);
    return lists(byGrade.map(([grade, those]) => [settings.grades?.[grade] ?? String(grade), those]));
  },
  groups: (groups, { content }) => lists([...texts(content.texts, groups)]),
};

/**
 * @param {Record<string, any>} payload such as `{"score": 4}`
 * @param {Ground} ground the item's content and the task's settings
 * @returns {HTMLElement | null} null for a kind of answer that has no words here
 */
export function describe(payload, ground) {
  const field = Object.keys(WAYS).find((name) => name in payload);
  return field ? WAYS[field](payload[field], ground) : null;
}
