/** Guidelines, written in a small Markdown, as elements: headings, lists, quotes, bold, italics, code and links. */
import { el } from "./dom.js";

const INLINE = /\*\*(.+?)\*\*|__(.+?)__|\*([^*\s][^*]*?)\*|`([^`]+)`|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)/;

/**
 * @param {string} text
 * @returns {(Node | string)[]}
 */
function inline(text) {
  const found = INLINE.exec(text);
  if (!found) return text ? [text] : [];
  const [whole, bold, strong, italic, code, label, href] = found;
  const node =
    bold || strong
      ? el("strong", {}, ...inline(bold ?? strong))
      : italic
        ? el("em", {}, ...inline(italic))
        : code
          ? el("code", {}, code)
          : el("a", { href, target: "_blank", rel: "noopener noreferrer" }, label);
  return [text.slice(0, found.index), node, ...inline(text.slice(found.index + whole.length))].filter(
    (part) => part !== "",
  );
}

/** Beginning of a line, and what the lines that begin so become together. @type {[RegExp, (lines: string[]) => Node][]} */
const BLOCKS = [
  [/^#{1,6}\s+/, (lines) => el("div", {}, ...lines.map((line) => el("h3", { dir: "auto" }, ...inline(line))))],
  [/^[-*+]\s+/, (lines) => el("ul", { dir: "auto" }, ...lines.map((line) => el("li", {}, ...inline(line))))],
  [/^\d+[.)]\s+/, (lines) => el("ol", { dir: "auto" }, ...lines.map((line) => el("li", {}, ...inline(line))))],
  [/^>\s?/, (lines) => el("blockquote", { dir: "auto" }, ...inline(lines.join(" ")))],
];

/**
 * The block of lines at the head of `lines`, and how many lines it takes.
 * @param {string[]} lines
 * @returns {[Node, number]}
 */
function block(lines) {
  const kind = BLOCKS.find(([mark]) => mark.test(lines[0]));
  const ends = (/** @type {string} */ line) =>
    kind ? !kind[0].test(line) : !line || BLOCKS.some(([mark]) => mark.test(line));
  const end = lines.findIndex((line, index) => index > 0 && ends(line));
  const own = lines.slice(0, end < 0 ? lines.length : end);
  const node = kind
    ? kind[1](own.map((line) => line.replace(kind[0], "")))
    : el("p", { dir: "auto" }, ...inline(own.join(" ")));
  return [node, own.length];
}

/**
 * @param {string} text
 * @returns {HTMLElement}
 */
export function prose(text) {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const whole = el("div", { class: "prose" });
  while (lines.length) {
    if (!lines[0]) lines.shift();
    else {
      const [node, taken] = block(lines);
      whole.append(node);
      lines.splice(0, taken);
    }
  }
  return whole;
}
