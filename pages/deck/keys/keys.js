/**
 * What a key press means, on any layout: digits and Latin letters by what the key types, and where it types neither
 * (Arabic, Cyrillic, French digits) by where it lies.
 */

/** Letters that are never given to a label or a group: each is a key of the deck's own. */
const OWN_LETTERS = "cghpsu";

/** The keys of a list of choices, in order: 1-9, then letters. */
export const CHOICE_KEYS = [..."123456789abcdefghijklmnopqrstuvwxyz"].filter((key) => !OWN_LETTERS.includes(key));

/** @param {KeyboardEvent} event */
export const modified = (event) => event.ctrlKey || event.metaKey || event.altKey;

/**
 * The digit 0-9 that was pressed, or null. A shifted digit that types a sign (`?`, `=`) is that sign.
 * @param {KeyboardEvent} event
 * @returns {number | null}
 */
export function digit(event) {
  if (modified(event)) return null;
  if (event.key.length === 1) {
    for (const zero of ["0", "٠", "۰", "०"]) {
      const value = event.key.charCodeAt(0) - zero.charCodeAt(0);
      if (value >= 0 && value <= 9) return value;
    }
  }
  if (event.shiftKey || !typesOrIsDead(event)) return null;
  const found = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
  return found ? Number(found[1]) : null;
}

/**
 * The Latin letter that was pressed, in lower case, or "".
 * @param {KeyboardEvent} event
 */
export function letter(event) {
  if (modified(event)) return "";
  if (/^[a-z]$/i.test(event.key)) return event.key.toLowerCase();
  const found = typesOrIsDead(event) ? /^Key([A-Z])$/.exec(event.code) : null;
  return found ? found[1].toLowerCase() : "";
}

/**
 * Whether the key asks for a box to search in: `/`, and on layouts that have a letter there (Arabic) the key itself.
 * @param {KeyboardEvent} event
 */
export const searches = (event) =>
  !modified(event) && (event.key === "/" || (event.code === "Slash" && /^\p{L}$/u.test(event.key)));

/**
 * The index of the choice that was pressed, of `count`, or null.
 * @param {KeyboardEvent} event
 * @param {number} count
 * @param {string[]} keys
 */
export function choice(event, count, keys = CHOICE_KEYS) {
  const index = keys.indexOf(String(digit(event) ?? letter(event)));
  return index >= 0 && index < count ? index : null;
}

/**
 * Where the key went, seen through shadow roots.
 * @param {Event} event
 * @returns {Element | null}
 */
export function target(event) {
  const [first] = event.composedPath();
  return first instanceof Element ? first : null;
}

const NOT_TYPED_INTO = ["range", "checkbox", "radio", "button", "submit", "reset", "file", "color"];

/**
 * Whether the key goes into a text field, whose keys are its own.
 * @param {Event} event
 */
export function typing(event) {
  const element = target(event);
  if (element instanceof HTMLInputElement) return !NOT_TYPED_INTO.includes(element.type);
  if (element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement) return true;
  return element instanceof HTMLElement && element.isContentEditable;
}

/**
 * Whether the key presses the focused button or link, or moves the focused slider or long text: the browser does that.
 * @param {KeyboardEvent} event
 */
export function native(event) {
  const element = target(event);
  if (element?.matches("input[type=range]")) return /^(Arrow|Page|Home|End)/.test(event.key);
  if (element?.matches("input[type=checkbox]")) return event.key === " ";
  if (element?.matches(".passage, .guidelines"))
    return /^(ArrowUp|ArrowDown|Page|Home|End| )/.test(event.key) && !event.altKey;
  return (event.key === "Enter" || event.key === " ") && Boolean(element?.closest("button, a[href], summary"));
}

/** @param {KeyboardEvent} event */
const typesOrIsDead = (event) => event.key.length === 1 || ["Dead", "Process", "Unidentified"].includes(event.key);
