/**
 * Guidelines, written in a small Markdown, as elements: headings, lists in lists, quotes, tables, rules, bold, italics,
 * code and links. What it does not know stays as it was typed; HTML is text like any other.
 */
import { el } from "../dom.js";

const INLINE =
  /\*\*(.+?)\*\*|__(.+?)__|\*([^*\s][^*]*?)\*|(?<![\p{L}\p{N}])_([^_\s][^_]*?)_(?![\p{L}\p{N}])|`([^`]+)`|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)/u;

/**
 * @param {string} text
 * @returns {(Node | string)[]}
 */
function inline(text) {
  const found = INLINE.exec(text);
  if (!found) return text ? [text] : [];
  const [whole, bold, strong, italic, slanted, code, label, href] = found;
  const node =
    bold || strong
      ? el("strong", {}, ...inline(bold ?? strong))
      : italic || slanted
        ? el("em", {}, ...inline(italic ?? slanted))
        : code
          ? el("code", {}, code)
          : el("a", { href, target: "_blank", rel: "noopener noreferrer" }, label);
  return [text.slice(0, found.index), node, ...inline(text.slice(found.index + whole.length))].filter(
    (part) => part !== "",
  );
}

const ITEM = /^(\s*)([-*+]|\d+[.)])\s+/;
const QUOTE = /^\s*>\s?/;
const HEADING = /^\s*#{1,6}\s+/;
const RULE = /^\s*([-*_])(\s*\1){2,}\s*$/;
const ROW = /^\s*\|.*\|\s*$/;

/**
 * Kinds of blocks: how the first line begins, which lines belong to it, and what becomes of them. A paragraph is what
 * is left. @type {{starts: RegExp, goesOn: (line: string, first: string) => boolean, make: (lines: string[]) => Node}[]}
 */
const BLOCKS = [
  { starts: RULE, goesOn: () => false, make: () => el("hr") },
  {
    starts: HEADING,
    goesOn: () => false,
    make: ([line]) => el("h3", { dir: "auto" }, ...inline(line.replace(HEADING, ""))),
  },
  {
    starts: QUOTE,
    goesOn: (line) => QUOTE.test(line),
    make: (lines) => el("blockquote", { dir: "auto" }, ...blocks(lines.map((line) => line.replace(QUOTE, "")))),
  },
  { starts: ROW, goesOn: (line) => ROW.test(line), make: table },
  { starts: ITEM, goesOn: belongsToList, make: list },
];

/** @param {string} line */
const indent = (line) => line.length - line.trimStart().length;

/** @param {string} line */
const isNumbered = (line) => /^\s*\d/.test(line);

/**
 * Whether a line belongs to the list that `first` begins: another item of its kind, or what is set in under one.
 * @param {string} line
 * @param {string} first
 */
function belongsToList(line, first) {
  if (indent(line) > indent(first)) return true;
  return ITEM.test(line) && !RULE.test(line) && isNumbered(line) === isNumbered(first);
}

/** @param {string[]} lines */
function list(lines) {
  /** @type {string[][]} */
  const items = [];
  for (const line of lines) {
    if (ITEM.test(line) && indent(line) <= indent(lines[0])) items.push([line.replace(ITEM, "")]);
    else items.at(-1)?.push(line);
  }
  const start = isNumbered(lines[0]) ? parseInt(lines[0], 10) : 1;
  const attributes = { dir: "auto", start: start === 1 ? null : start };
  return el(isNumbered(lines[0]) ? "ol" : "ul", attributes, ...items.map((item) => el("li", {}, ...itemParts(item))));
}

/**
 * An item's first paragraph is its own text, without a paragraph's space around it.
 * @param {string[]} lines
 */
function itemParts(lines) {
  const [first, ...others] = blocks(lines);
  return first instanceof HTMLParagraphElement ? [...first.childNodes, ...others] : [first, ...others].filter(Boolean);
}

/** @param {string[]} lines */
function table(lines) {
  const rows = lines.map((line) => line.trim().slice(1, -1).split("|"));
  const isRuled = /^[\s:|-]+$/.test(lines[1] ?? "");
  const cells = (/** @type {"th" | "td"} */ tag, /** @type {string[]} */ row) =>
    el("tr", {}, ...row.map((cell) => el(tag, { dir: "auto" }, ...inline(cell.trim()))));
  const body = rows.slice(isRuled ? 2 : 0).map((row) => cells("td", row));
  return el("table", { dir: "auto" }, isRuled ? el("thead", {}, cells("th", rows[0])) : null, el("tbody", {}, ...body));
}

/**
 * @param {string[]} given
 * @returns {Node[]}
 */
function blocks(given) {
  const made = [];
  for (let lines = given; lines.length;) {
    const kind = BLOCKS.find(({ starts }) => starts.test(lines[0]));
    const [first] = lines;
    if (!first.trim()) {
      lines = lines.slice(1);
      continue;
    }
    const ends = (/** @type {string} */ line) =>
      kind
        ? !kind.goesOn(line, first) && (line.trim() !== "" || kind.make !== list)
        : !line.trim() || BLOCKS.some(({ starts }) => starts.test(line));
    const end = lines.findIndex((line, index) => index > 0 && ends(line));
    const own = lines.slice(0, end < 0 ? lines.length : end);
    made.push(kind ? kind.make(own) : el("p", { dir: "auto" }, ...inline(own.map((line) => line.trim()).join(" "))));
    lines = lines.slice(own.length);
  }
  return made;
}

/**
 * @param {string} text
 * @returns {HTMLElement}
 */
export function prose(text) {
  return el("div", { class: "prose" }, ...blocks(text.split(/\r?\n/)));
}
